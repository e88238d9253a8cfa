/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: sitio
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `civicrm_activity`
--

DROP TABLE IF EXISTS `civicrm_activity`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_activity` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `source_record_id` int(10) unsigned DEFAULT NULL,
  `activity_type_id` int(10) unsigned DEFAULT NULL,
  `subject` varchar(255) DEFAULT NULL,
  `activity_date_time` datetime DEFAULT NULL,
  `duration` int(10) unsigned DEFAULT NULL,
  `location` varchar(2048) DEFAULT NULL,
  `details` longtext DEFAULT NULL,
  `status_id` int(10) unsigned DEFAULT NULL,
  `priority_id` int(10) unsigned DEFAULT NULL,
  `parent_id` int(10) unsigned DEFAULT NULL,
  `is_test` tinyint(4) DEFAULT NULL,
  `medium_id` int(10) unsigned DEFAULT NULL,
  `is_current_revision` tinyint(4) DEFAULT NULL,
  `original_id` int(10) unsigned DEFAULT NULL,
  `is_deleted` tinyint(4) DEFAULT NULL,
  `created_date` timestamp NULL DEFAULT NULL,
  `modified_date` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=106 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_activity`
--

LOCK TABLES `civicrm_activity` WRITE;
/*!40000 ALTER TABLE `civicrm_activity` DISABLE KEYS */;
INSERT INTO `civicrm_activity` VALUES
(100,NULL,13,'Abrir','2024-02-29 10:00:00',NULL,NULL,NULL,2,NULL,NULL,0,NULL,1,NULL,0,NULL,NULL),
(101,NULL,1,'Entrevista 😀','2024-03-01 23:30:00',45,NULL,'<p>x</p>',2,NULL,NULL,0,NULL,1,NULL,0,NULL,NULL),
(102,NULL,2,'Llamada','2024-03-02 00:00:00',NULL,NULL,NULL,2,NULL,NULL,0,NULL,1,NULL,0,NULL,NULL),
(103,NULL,1,'suelta','2024-03-02 00:00:00',NULL,NULL,NULL,2,NULL,NULL,0,NULL,1,NULL,0,NULL,NULL),
(104,NULL,2,'borrada','2024-03-02 00:00:00',NULL,NULL,NULL,2,NULL,NULL,0,NULL,1,NULL,1,NULL,NULL),
(105,NULL,2,'test','2024-03-02 00:00:00',NULL,NULL,NULL,2,NULL,NULL,1,NULL,1,NULL,0,NULL,NULL);
/*!40000 ALTER TABLE `civicrm_activity` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_activity_contact`
--

DROP TABLE IF EXISTS `civicrm_activity_contact`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_activity_contact` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `activity_id` int(10) unsigned DEFAULT NULL,
  `contact_id` int(10) unsigned DEFAULT NULL,
  `record_type_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_activity_contact`
--

LOCK TABLES `civicrm_activity_contact` WRITE;
/*!40000 ALTER TABLE `civicrm_activity_contact` DISABLE KEYS */;
INSERT INTO `civicrm_activity_contact` VALUES
(1,101,6,2),
(2,101,2,3),
(3,101,3,3),
(4,102,6,2);
/*!40000 ALTER TABLE `civicrm_activity_contact` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_address`
--

DROP TABLE IF EXISTS `civicrm_address`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_address` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `contact_id` int(10) unsigned DEFAULT NULL,
  `is_primary` tinyint(4) DEFAULT NULL,
  `street_address` varchar(96) DEFAULT NULL,
  `supplemental_address_1` varchar(96) DEFAULT NULL,
  `city` varchar(64) DEFAULT NULL,
  `county_id` int(10) unsigned DEFAULT NULL,
  `state_province_id` int(10) unsigned DEFAULT NULL,
  `postal_code` varchar(64) DEFAULT NULL,
  `country_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_address`
--

LOCK TABLES `civicrm_address` WRITE;
/*!40000 ALTER TABLE `civicrm_address` DISABLE KEYS */;
INSERT INTO `civicrm_address` VALUES
(1,2,1,'C. Illampu 1',NULL,'La Paz',NULL,1,NULL,1020);
/*!40000 ALTER TABLE `civicrm_address` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_case`
--

DROP TABLE IF EXISTS `civicrm_case`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_case` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `case_type_id` int(10) unsigned DEFAULT NULL,
  `subject` varchar(128) DEFAULT NULL,
  `start_date` date DEFAULT NULL,
  `end_date` date DEFAULT NULL,
  `details` text DEFAULT NULL,
  `status_id` int(10) unsigned DEFAULT NULL,
  `is_deleted` tinyint(4) DEFAULT 0,
  `created_date` timestamp NULL DEFAULT NULL,
  `modified_date` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=15 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_case`
--

LOCK TABLES `civicrm_case` WRITE;
/*!40000 ALTER TABLE `civicrm_case` DISABLE KEYS */;
INSERT INTO `civicrm_case` VALUES
(10,1,'Alquiler','2024-02-29',NULL,'<p>Línea &amp; <b>más</b></p>',1,0,NULL,NULL),
(11,2,'Denuncia','2023-12-31','2024-01-15',NULL,2,0,NULL,NULL),
(12,2,'Sin cliente','2024-01-01',NULL,NULL,1,0,NULL,NULL),
(13,2,'Borrado','2024-01-01',NULL,NULL,1,1,NULL,NULL),
(14,99,'Tipo raro','2024-01-01',NULL,NULL,1,0,NULL,NULL);
/*!40000 ALTER TABLE `civicrm_case` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_case_activity`
--

DROP TABLE IF EXISTS `civicrm_case_activity`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_case_activity` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `case_id` int(10) unsigned DEFAULT NULL,
  `activity_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_case_activity`
--

LOCK TABLES `civicrm_case_activity` WRITE;
/*!40000 ALTER TABLE `civicrm_case_activity` DISABLE KEYS */;
INSERT INTO `civicrm_case_activity` VALUES
(1,10,100),
(2,10,101),
(3,11,102),
(4,10,104);
/*!40000 ALTER TABLE `civicrm_case_activity` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_case_contact`
--

DROP TABLE IF EXISTS `civicrm_case_contact`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_case_contact` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `case_id` int(10) unsigned DEFAULT NULL,
  `contact_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_case_contact`
--

LOCK TABLES `civicrm_case_contact` WRITE;
/*!40000 ALTER TABLE `civicrm_case_contact` DISABLE KEYS */;
INSERT INTO `civicrm_case_contact` VALUES
(1,10,2),
(2,11,3),
(3,11,2),
(4,13,2),
(5,14,4);
/*!40000 ALTER TABLE `civicrm_case_contact` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_case_type`
--

DROP TABLE IF EXISTS `civicrm_case_type`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_case_type` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  `title_es_ES` varchar(64) DEFAULT NULL,
  `title_fr_FR` varchar(64) DEFAULT NULL,
  `definition` blob DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_case_type`
--

LOCK TABLES `civicrm_case_type` WRITE;
/*!40000 ALTER TABLE `civicrm_case_type` DISABLE KEYS */;
INSERT INTO `civicrm_case_type` VALUES
(1,'desalojo','Desalojo','Expulsion',NULL),
(2,'violencia','Violencia de género','Violence','<?xml?>');
/*!40000 ALTER TABLE `civicrm_case_type` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Temporary table structure for view `civicrm_case_type_es_ES`
--

DROP TABLE IF EXISTS `civicrm_case_type_es_ES`;
/*!50001 DROP VIEW IF EXISTS `civicrm_case_type_es_ES`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `civicrm_case_type_es_ES` AS SELECT
 NULL AS `id`,
 NULL AS `name`,
 NULL AS `title` */;
SET character_set_client = @saved_cs_client;

--
-- Table structure for table `civicrm_contact`
--

DROP TABLE IF EXISTS `civicrm_contact`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_contact` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `contact_type` varchar(64) DEFAULT NULL,
  `contact_sub_type` varchar(255) DEFAULT NULL,
  `external_identifier` varchar(64) DEFAULT NULL,
  `display_name` varchar(128) DEFAULT NULL,
  `first_name` varchar(64) DEFAULT NULL,
  `middle_name` varchar(64) DEFAULT NULL,
  `last_name` varchar(64) DEFAULT NULL,
  `organization_name` varchar(128) DEFAULT NULL,
  `gender_id` int(10) unsigned DEFAULT NULL,
  `birth_date` date DEFAULT NULL,
  `deceased_date` date DEFAULT NULL,
  `is_deceased` tinyint(4) DEFAULT 0,
  `preferred_language` varchar(5) DEFAULT NULL,
  `preferred_communication_method` varchar(255) DEFAULT NULL,
  `api_key` varchar(32) DEFAULT NULL,
  `hash` varchar(32) DEFAULT NULL,
  `is_deleted` tinyint(4) NOT NULL DEFAULT 0,
  `created_date` timestamp NULL DEFAULT NULL,
  `modified_date` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=8 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_contact`
--

LOCK TABLES `civicrm_contact` WRITE;
/*!40000 ALTER TABLE `civicrm_contact` DISABLE KEYS */;
INSERT INTO `civicrm_contact` VALUES
(1,'Organization',NULL,NULL,'Casa',NULL,NULL,NULL,'Casa',NULL,NULL,NULL,0,'es_ES',NULL,NULL,NULL,0,NULL,'2024-01-01 00:00:00'),
(2,'Individual',NULL,'EXT-2','María Muñoz','María','de los Ángeles','Muñoz O\'Neill',NULL,1,'1980-02-29',NULL,0,'es_ES',NULL,NULL,NULL,0,NULL,'2024-01-01 00:00:00'),
(3,'Individual',NULL,NULL,'Juan Paz','Juan',NULL,'Paz',NULL,2,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL),
(4,'Individual',NULL,NULL,'Ejemplo',NULL,NULL,'Ejemplo',NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL),
(5,'Household',NULL,NULL,'Familia','',NULL,'',NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL),
(6,'Individual',NULL,NULL,'Abogada Rey','A',NULL,'Rey',NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL),
(7,'Individual',NULL,NULL,'Borrada','B',NULL,'B',NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,1,NULL,NULL);
/*!40000 ALTER TABLE `civicrm_contact` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_country`
--

DROP TABLE IF EXISTS `civicrm_country`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_country` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_country`
--

LOCK TABLES `civicrm_country` WRITE;
/*!40000 ALTER TABLE `civicrm_country` DISABLE KEYS */;
INSERT INTO `civicrm_country` VALUES
(1020,'Bolivia');
/*!40000 ALTER TABLE `civicrm_country` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_custom_field`
--

DROP TABLE IF EXISTS `civicrm_custom_field`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_custom_field` (
  `id` int(10) unsigned NOT NULL,
  `custom_group_id` int(10) unsigned DEFAULT NULL,
  `name` varchar(64) DEFAULT NULL,
  `label_es_ES` varchar(255) DEFAULT NULL,
  `data_type` varchar(32) DEFAULT NULL,
  `html_type` varchar(32) DEFAULT NULL,
  `serialize` int(10) unsigned DEFAULT NULL,
  `column_name` varchar(255) DEFAULT NULL,
  `option_group_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_custom_field`
--

LOCK TABLES `civicrm_custom_field` WRITE;
/*!40000 ALTER TABLE `civicrm_custom_field` DISABLE KEYS */;
INSERT INTO `civicrm_custom_field` VALUES
(12,7,'Monto_recuperado','Monto recuperado','Money','Text',NULL,'monto_recuperado_12',NULL),
(13,7,'Derivado_a','Derivado a','String','Select',NULL,'derivado_a_13',91),
(14,7,'Violencia','Tipos','String','CheckBox',1,'violencia_14',90),
(15,7,'Audiencia','Fecha','Date','Select Date',NULL,'fecha_audiencia_15',NULL),
(16,7,'Abogada','Abogada','ContactReference','Autocomplete-Select',NULL,'abogada_16',NULL),
(17,7,'Documento','Doc','File','File',NULL,'documento_17',NULL),
(18,7,'Urgente','U','Boolean','Radio',NULL,'urgente_18',NULL),
(19,7,'Pais','P','Country','Select Country',NULL,'pais_19',NULL),
(20,7,'Nota','N','Memo','TextArea',NULL,'nota_20',NULL),
(21,8,'Nombre','n','String','Text',NULL,'nombre_21',NULL),
(22,8,'Edad','e','Int','Text',NULL,'edad_22',NULL);
/*!40000 ALTER TABLE `civicrm_custom_field` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_custom_group`
--

DROP TABLE IF EXISTS `civicrm_custom_group`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_custom_group` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  `title_es_ES` varchar(64) DEFAULT NULL,
  `extends` varchar(255) DEFAULT NULL,
  `extends_entity_column_id` int(10) unsigned DEFAULT NULL,
  `extends_entity_column_value` varchar(255) DEFAULT NULL,
  `table_name` varchar(64) DEFAULT NULL,
  `is_multiple` tinyint(4) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_custom_group`
--

LOCK TABLES `civicrm_custom_group` WRITE;
/*!40000 ALTER TABLE `civicrm_custom_group` DISABLE KEYS */;
INSERT INTO `civicrm_custom_group` VALUES
(7,'Datos_del_caso','Datos del caso','Case',NULL,'2','civicrm_value_datos_del_caso_7',0),
(8,'Hijos','Hijos','Individual',NULL,NULL,'civicrm_value_hijos_8',1);
/*!40000 ALTER TABLE `civicrm_custom_group` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_domain`
--

DROP TABLE IF EXISTS `civicrm_domain`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_domain` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) DEFAULT NULL,
  `locales` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_domain`
--

LOCK TABLES `civicrm_domain` WRITE;
/*!40000 ALTER TABLE `civicrm_domain` DISABLE KEYS */;
INSERT INTO `civicrm_domain` VALUES
(1,'Casa de la Mujer','es_ESfr_FR');
/*!40000 ALTER TABLE `civicrm_domain` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_email`
--

DROP TABLE IF EXISTS `civicrm_email`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_email` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `contact_id` int(10) unsigned DEFAULT NULL,
  `location_type_id` int(10) unsigned DEFAULT NULL,
  `email` varchar(254) DEFAULT NULL,
  `is_primary` tinyint(4) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_email`
--

LOCK TABLES `civicrm_email` WRITE;
/*!40000 ALTER TABLE `civicrm_email` DISABLE KEYS */;
INSERT INTO `civicrm_email` VALUES
(1,2,1,'m@example.org',1);
/*!40000 ALTER TABLE `civicrm_email` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_entity_file`
--

DROP TABLE IF EXISTS `civicrm_entity_file`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_entity_file` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entity_table` varchar(64) DEFAULT NULL,
  `entity_id` int(10) unsigned DEFAULT NULL,
  `file_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_entity_file`
--

LOCK TABLES `civicrm_entity_file` WRITE;
/*!40000 ALTER TABLE `civicrm_entity_file` DISABLE KEYS */;
INSERT INTO `civicrm_entity_file` VALUES
(1,'civicrm_activity',101,1),
(2,'civicrm_value_datos_del_caso_7',1,1);
/*!40000 ALTER TABLE `civicrm_entity_file` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_entity_tag`
--

DROP TABLE IF EXISTS `civicrm_entity_tag`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_entity_tag` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entity_table` varchar(64) DEFAULT NULL,
  `entity_id` int(10) unsigned DEFAULT NULL,
  `tag_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_entity_tag`
--

LOCK TABLES `civicrm_entity_tag` WRITE;
/*!40000 ALTER TABLE `civicrm_entity_tag` DISABLE KEYS */;
INSERT INTO `civicrm_entity_tag` VALUES
(1,'civicrm_contact',2,1);
/*!40000 ALTER TABLE `civicrm_entity_tag` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_file`
--

DROP TABLE IF EXISTS `civicrm_file`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_file` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `file_type_id` int(11) DEFAULT NULL,
  `mime_type` varchar(255) DEFAULT NULL,
  `uri` varchar(255) DEFAULT NULL,
  `description` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_file`
--

LOCK TABLES `civicrm_file` WRITE;
/*!40000 ALTER TABLE `civicrm_file` DISABLE KEYS */;
INSERT INTO `civicrm_file` VALUES
(1,NULL,'application/pdf','denuncia_ñ_0123456789abcdef0123456789abcdef.pdf',NULL);
/*!40000 ALTER TABLE `civicrm_file` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_note`
--

DROP TABLE IF EXISTS `civicrm_note`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_note` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entity_table` varchar(64) DEFAULT NULL,
  `entity_id` int(10) unsigned DEFAULT NULL,
  `note` text DEFAULT NULL,
  `contact_id` int(10) unsigned DEFAULT NULL,
  `modified_date` timestamp NULL DEFAULT NULL,
  `subject` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_note`
--

LOCK TABLES `civicrm_note` WRITE;
/*!40000 ALTER TABLE `civicrm_note` DISABLE KEYS */;
INSERT INTO `civicrm_note` VALUES
(1,'civicrm_contact',2,'Nota importante',6,NULL,'N');
/*!40000 ALTER TABLE `civicrm_note` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_option_group`
--

DROP TABLE IF EXISTS `civicrm_option_group`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_option_group` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  `title_es_ES` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_option_group`
--

LOCK TABLES `civicrm_option_group` WRITE;
/*!40000 ALTER TABLE `civicrm_option_group` DISABLE KEYS */;
INSERT INTO `civicrm_option_group` VALUES
(1,'activity_type','Tipos'),
(2,'case_status','Estado'),
(3,'gender','Género'),
(4,'preferred_communication_method','x'),
(6,'activity_status','x'),
(7,'encounter_medium','m'),
(90,'violencia','Violencia'),
(91,'derivado','Derivado');
/*!40000 ALTER TABLE `civicrm_option_group` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_option_value`
--

DROP TABLE IF EXISTS `civicrm_option_value`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_option_value` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `option_group_id` int(10) unsigned DEFAULT NULL,
  `label_es_ES` varchar(512) DEFAULT NULL,
  `label_fr_FR` varchar(512) DEFAULT NULL,
  `value` varchar(512) DEFAULT NULL,
  `name` varchar(255) DEFAULT NULL,
  `is_active` tinyint(4) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_option_value`
--

LOCK TABLES `civicrm_option_value` WRITE;
/*!40000 ALTER TABLE `civicrm_option_value` DISABLE KEYS */;
INSERT INTO `civicrm_option_value` VALUES
(1,1,'Reunión','Réunion','1','Meeting',1),
(2,1,'Llamada telefónica','Appel','2','Phone Call',1),
(3,1,'Abrir caso','Ouvrir','13','Open Case',1),
(4,2,'En curso','En cours','1','Open',1),
(5,2,'Resuelto','Résolu','2','Closed',1),
(6,3,'Femenino','Féminin','1','Female',1),
(7,3,'Masculino','Masculin','2','Male',1),
(8,90,'Física','Physique','F','F',1),
(9,90,'Psicológica, grave','Psych','P','P',1),
(10,91,'Fiscalía','Parquet','fisc','fisc',1),
(11,6,'Completada','Achevée','2','Completed',1);
/*!40000 ALTER TABLE `civicrm_option_value` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Temporary table structure for view `civicrm_option_value_es_ES`
--

DROP TABLE IF EXISTS `civicrm_option_value_es_ES`;
/*!50001 DROP VIEW IF EXISTS `civicrm_option_value_es_ES`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `civicrm_option_value_es_ES` AS SELECT
 NULL AS `id`,
 NULL AS `option_group_id`,
 NULL AS `label`,
 NULL AS `value`,
 NULL AS `name` */;
SET character_set_client = @saved_cs_client;

--
-- Table structure for table `civicrm_phone`
--

DROP TABLE IF EXISTS `civicrm_phone`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_phone` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `contact_id` int(10) unsigned DEFAULT NULL,
  `location_type_id` int(10) unsigned DEFAULT NULL,
  `is_primary` tinyint(4) DEFAULT NULL,
  `phone` varchar(32) DEFAULT NULL,
  `phone_ext` varchar(16) DEFAULT NULL,
  `phone_type_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_phone`
--

LOCK TABLES `civicrm_phone` WRITE;
/*!40000 ALTER TABLE `civicrm_phone` DISABLE KEYS */;
INSERT INTO `civicrm_phone` VALUES
(1,2,1,0,'2 222222',NULL,NULL),
(2,2,1,1,'+591 70000001',NULL,NULL);
/*!40000 ALTER TABLE `civicrm_phone` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_relationship`
--

DROP TABLE IF EXISTS `civicrm_relationship`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_relationship` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `contact_id_a` int(10) unsigned DEFAULT NULL,
  `contact_id_b` int(10) unsigned DEFAULT NULL,
  `relationship_type_id` int(10) unsigned DEFAULT NULL,
  `start_date` date DEFAULT NULL,
  `end_date` date DEFAULT NULL,
  `is_active` tinyint(4) DEFAULT NULL,
  `case_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_relationship`
--

LOCK TABLES `civicrm_relationship` WRITE;
/*!40000 ALTER TABLE `civicrm_relationship` DISABLE KEYS */;
INSERT INTO `civicrm_relationship` VALUES
(1,2,6,9,NULL,NULL,1,10),
(2,2,3,4,NULL,NULL,1,NULL);
/*!40000 ALTER TABLE `civicrm_relationship` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_relationship_type`
--

DROP TABLE IF EXISTS `civicrm_relationship_type`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_relationship_type` (
  `id` int(10) unsigned NOT NULL,
  `name_a_b` varchar(64) DEFAULT NULL,
  `label_a_b_es_ES` varchar(64) DEFAULT NULL,
  `label_a_b_fr_FR` varchar(64) DEFAULT NULL,
  `name_b_a` varchar(64) DEFAULT NULL,
  `label_b_a_es_ES` varchar(64) DEFAULT NULL,
  `label_b_a_fr_FR` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_relationship_type`
--

LOCK TABLES `civicrm_relationship_type` WRITE;
/*!40000 ALTER TABLE `civicrm_relationship_type` DISABLE KEYS */;
INSERT INTO `civicrm_relationship_type` VALUES
(4,'Spouse of','Cónyuge','x','Spouse of','Cónyuge','x'),
(9,'Case Coordinator is','Coordinador es','x','Case Coordinator','Coordinadora','Coord');
/*!40000 ALTER TABLE `civicrm_relationship_type` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_state_province`
--

DROP TABLE IF EXISTS `civicrm_state_province`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_state_province` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  `country_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_state_province`
--

LOCK TABLES `civicrm_state_province` WRITE;
/*!40000 ALTER TABLE `civicrm_state_province` DISABLE KEYS */;
INSERT INTO `civicrm_state_province` VALUES
(1,'La Paz',1020);
/*!40000 ALTER TABLE `civicrm_state_province` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_tag`
--

DROP TABLE IF EXISTS `civicrm_tag`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_tag` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_tag`
--

LOCK TABLES `civicrm_tag` WRITE;
/*!40000 ALTER TABLE `civicrm_tag` DISABLE KEYS */;
INSERT INTO `civicrm_tag` VALUES
(1,'Vulnerable');
/*!40000 ALTER TABLE `civicrm_tag` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_value_datos_del_caso_7`
--

DROP TABLE IF EXISTS `civicrm_value_datos_del_caso_7`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_value_datos_del_caso_7` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entity_id` int(10) unsigned DEFAULT NULL,
  `monto_recuperado_12` decimal(20,2) DEFAULT NULL,
  `derivado_a_13` varchar(255) DEFAULT NULL,
  `violencia_14` varchar(512) DEFAULT NULL,
  `fecha_audiencia_15` datetime DEFAULT NULL,
  `abogada_16` int(10) unsigned DEFAULT NULL,
  `documento_17` int(10) unsigned DEFAULT NULL,
  `urgente_18` tinyint(4) DEFAULT NULL,
  `pais_19` int(10) unsigned DEFAULT NULL,
  `nota_20` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_value_datos_del_caso_7`
--

LOCK TABLES `civicrm_value_datos_del_caso_7` WRITE;
/*!40000 ALTER TABLE `civicrm_value_datos_del_caso_7` DISABLE KEYS */;
INSERT INTO `civicrm_value_datos_del_caso_7` VALUES
(1,11,1200.50,'fisc','FP','2024-02-01 09:00:00',6,1,1,1020,'n;o\n\'t'),
(2,10,NULL,'zzz','F',NULL,NULL,NULL,0,NULL,NULL);
/*!40000 ALTER TABLE `civicrm_value_datos_del_caso_7` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `civicrm_value_hijos_8`
--

DROP TABLE IF EXISTS `civicrm_value_hijos_8`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `civicrm_value_hijos_8` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entity_id` int(10) unsigned DEFAULT NULL,
  `nombre_21` varchar(255) DEFAULT NULL,
  `edad_22` int(11) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `civicrm_value_hijos_8`
--

LOCK TABLES `civicrm_value_hijos_8` WRITE;
/*!40000 ALTER TABLE `civicrm_value_hijos_8` DISABLE KEYS */;
INSERT INTO `civicrm_value_hijos_8` VALUES
(1,2,'Niño 1',5),
(2,2,'Niña 2',NULL);
/*!40000 ALTER TABLE `civicrm_value_hijos_8` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `wp_posts`
--

DROP TABLE IF EXISTS `wp_posts`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `wp_posts` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `post_title` text DEFAULT NULL,
  PRIMARY KEY (`ID`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `wp_posts`
--

LOCK TABLES `wp_posts` WRITE;
/*!40000 ALTER TABLE `wp_posts` DISABLE KEYS */;
INSERT INTO `wp_posts` VALUES
(1,'Hola');
/*!40000 ALTER TABLE `wp_posts` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Final view structure for view `civicrm_case_type_es_ES`
--

/*!50001 DROP VIEW IF EXISTS `civicrm_case_type_es_ES`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `civicrm_case_type_es_ES` AS select `civicrm_case_type`.`id` AS `id`,`civicrm_case_type`.`name` AS `name`,`civicrm_case_type`.`title_es_ES` AS `title` from `civicrm_case_type` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;

--
-- Final view structure for view `civicrm_option_value_es_ES`
--

/*!50001 DROP VIEW IF EXISTS `civicrm_option_value_es_ES`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `civicrm_option_value_es_ES` AS select `civicrm_option_value`.`id` AS `id`,`civicrm_option_value`.`option_group_id` AS `option_group_id`,`civicrm_option_value`.`label_es_ES` AS `label`,`civicrm_option_value`.`value` AS `value`,`civicrm_option_value`.`name` AS `name` from `civicrm_option_value` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-23  2:11:00
