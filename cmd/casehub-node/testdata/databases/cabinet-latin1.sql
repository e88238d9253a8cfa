/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: cabinet
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES latin1 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `Bénéficiaire`
--

DROP TABLE IF EXISTS `Bénéficiaire`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `BÃ©nÃ©ficiaire` (
  `NÂ°` int(6) unsigned zerofill NOT NULL AUTO_INCREMENT COMMENT 'clÃ©; l''ancienne',
  `Nom de famille` varchar(80) NOT NULL DEFAULT 'a;b',
  `PrÃ©nom` varchar(80) DEFAULT NULL,
  `sexe` enum('H','F','') DEFAULT NULL,
  `nÃ© le` date DEFAULT '0000-00-00',
  `tÃ©l` varchar(60) DEFAULT NULL,
  `actif` bit(1) NOT NULL DEFAULT b'1',
  `drapeaux` bit(10) DEFAULT NULL,
  `infos` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`infos`)),
  `photo` longblob DEFAULT NULL,
  `lieu` point DEFAULT NULL,
  `nom complet` varchar(200) GENERATED ALWAYS AS (concat(`Nom de famille`,', ',ifnull(`PrÃ©nom`,''))) VIRTUAL,
  PRIMARY KEY (`NÂ°`),
  UNIQUE KEY `k` (`Nom de famille`,`PrÃ©nom`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='gens; avec ''quotes''';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `Bénéficiaire`
--

LOCK TABLES `Bénéficiaire` WRITE;
/*!40000 ALTER TABLE `Bénéficiaire` DISABLE KEYS */;
INSERT INTO `Bénéficiaire` VALUES
(000001,'D\'Exemple \"le\\petit\"','Zoé','F','1980-02-29','011 555 0001','','ª','{\"enfants\": 2, \"nom\": \"Zoé \\\"Z\\\"\"}','ÿØÿà\0JFIF\0','\0\0\0\0\0\0\0ÍÌÌÌÌÌ@ÍÌÌÌÌlH@','D\'Exemple \"le\\petit\", Zoé'),
(000002,'Fictif','ligne1\nligne2; -- rien /* de */ $$','H','0000-00-00','','\0',NULL,NULL,NULL,NULL,'Fictif, ligne1\nligne2; -- rien /* de */ $$'),
(000003,'Müller-Échantillon','%_\\%','','1999-12-31',NULL,'','\0','[]','\'\Z\n\r\\\0',NULL,'Müller-Échantillon, %_\\%');
/*!40000 ALTER TABLE `Bénéficiaire` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `Dossier_log`
--

DROP TABLE IF EXISTS `Dossier_log`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `Dossier_log` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `msg` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=MyISAM AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `Dossier_log`
--

LOCK TABLES `Dossier_log` WRITE;
/*!40000 ALTER TABLE `Dossier_log` DISABLE KEYS */;
INSERT INTO `Dossier_log` VALUES
(1,'DELIMITER ;;\nCREATE TABLE x (a int);'),
(2,'a\\\'b'),
(3,'#');
/*!40000 ALTER TABLE `Dossier_log` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `dossier`
--

DROP TABLE IF EXISTS `dossier`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `dossier` (
  `ref` varchar(20) NOT NULL,
  `annÃ©e` smallint(6) NOT NULL,
  `client nÂ°` int(6) unsigned zerofill DEFAULT NULL,
  `order` varchar(30) DEFAULT NULL,
  `select` decimal(12,2) DEFAULT NULL,
  `ouvert` datetime(3) DEFAULT NULL,
  `clos` datetime DEFAULT NULL,
  `urgent` bit(1) DEFAULT NULL,
  `texte` mediumtext DEFAULT NULL,
  PRIMARY KEY (`ref`,`annÃ©e`),
  KEY `fk` (`client nÂ°`),
  CONSTRAINT `fk` FOREIGN KEY (`client nÂ°`) REFERENCES `BÃ©nÃ©ficiaire` (`NÂ°`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `dossier`
--

LOCK TABLES `dossier` WRITE;
/*!40000 ALTER TABLE `dossier` DISABLE KEYS */;
INSERT INTO `dossier` VALUES
('A/001',2023,000001,'expulsion',1234567.89,'2023-01-05 10:20:30.123','2023-06-01 00:00:00','','Accentué, 3 € dûs'),
('A/001',2024,000002,'licenciement',0.10,'2024-02-29 00:00:00.000','0000-00-00 00:00:00','\0',NULL),
('B-3',2024,NULL,'pension',NULL,'2024-03-01 00:00:00.000',NULL,NULL,''),
('C4',2024,000003,'expulsion',-50.00,'2024-04-01 00:00:00.000','2024-03-01 00:00:00','','INSERT INTO `dossier` VALUES (9);');
/*!40000 ALTER TABLE `dossier` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = '' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t1 BEFORE INSERT ON dossier FOR EACH ROW BEGIN IF NEW.`select` < -1000 THEN INSERT INTO `Dossier_log` (msg) VALUES ('no;'); END IF; END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;

--
-- Temporary table structure for view `v dossiers`
--

DROP TABLE IF EXISTS `v dossiers`;
/*!50001 DROP VIEW IF EXISTS `v dossiers`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `v dossiers` AS SELECT
 NULL AS `ref` */;
SET character_set_client = @saved_cs_client;

--
-- Final view structure for view `v dossiers`
--

/*!50001 DROP VIEW IF EXISTS `v dossiers`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v dossiers` AS select `dossier`.`ref` AS `ref` from `dossier` */;
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

-- Dump completed on 2026-11-23  2:01:05
