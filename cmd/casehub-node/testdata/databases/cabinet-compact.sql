/*M!999999\- enable the sandbox mode */ 
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `Bénéficiaire` (
  `N°` int(6) unsigned zerofill NOT NULL COMMENT 'clé; l''ancienne',
  `Nom de famille` varchar(80) NOT NULL DEFAULT 'a;b',
  `Prénom` varchar(80) DEFAULT NULL,
  `sexe` enum('H','F','') DEFAULT NULL,
  `né le` date DEFAULT '0000-00-00',
  `tél` varchar(60) DEFAULT NULL,
  `actif` bit(1) NOT NULL DEFAULT b'1',
  `drapeaux` bit(10) DEFAULT NULL,
  `infos` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`infos`)),
  `photo` longblob DEFAULT NULL,
  `lieu` point DEFAULT NULL,
  `nom complet` varchar(200) GENERATED ALWAYS AS (concat(`Nom de famille`,', ',ifnull(`Prénom`,''))) VIRTUAL,
  PRIMARY KEY (`N°`),
  UNIQUE KEY `k` (`Nom de famille`,`Prénom`)
);
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `Bénéficiaire` VALUES (000001,'D\'Exemple \"le\\petit\"','Zoé','F','1980-02-29','011 555 0001','','�','{\"enfants\": 2, \"nom\": \"Zoé \\\"Z\\\"\"}','����\0JFIF\0','\0\0\0\0\0\0\0������@�����lH@','D\'Exemple \"le\\petit\", Zoé');
INSERT INTO `Bénéficiaire` VALUES (000002,'Fictif','ligne1\nligne2; -- rien /* de */ $$','H','0000-00-00','','\0',NULL,NULL,NULL,NULL,'Fictif, ligne1\nligne2; -- rien /* de */ $$');
INSERT INTO `Bénéficiaire` VALUES (000003,'Müller-Échantillon','%_\\%','','1999-12-31',NULL,'','\0','[]','\'\Z\n\r\\\0',NULL,'Müller-Échantillon, %_\\%');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `Dossier_log` (
  `id` bigint(20) NOT NULL,
  `msg` text DEFAULT NULL,
  PRIMARY KEY (`id`)
);
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `Dossier_log` VALUES (1,'DELIMITER ;;\nCREATE TABLE x (a int);');
INSERT INTO `Dossier_log` VALUES (2,'a\\\'b');
INSERT INTO `Dossier_log` VALUES (3,'#');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `dossier` (
  `ref` varchar(20) NOT NULL,
  `année` smallint(6) NOT NULL,
  `client n°` int(6) unsigned zerofill DEFAULT NULL,
  `order` varchar(30) DEFAULT NULL,
  `select` decimal(12,2) DEFAULT NULL,
  `ouvert` datetime(3) DEFAULT NULL,
  `clos` datetime DEFAULT NULL,
  `urgent` bit(1) DEFAULT NULL,
  `texte` mediumtext DEFAULT NULL,
  PRIMARY KEY (`ref`,`année`),
  KEY `fk` (`client n°`),
  CONSTRAINT `fk` FOREIGN KEY (`client n°`) REFERENCES `Bénéficiaire` (`N°`) ON DELETE SET NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `dossier` VALUES ('A/001',2023,000001,'expulsion',1234567.89,'2023-01-05 10:20:30.123','2023-06-01 00:00:00','','Accentué, 3 € dûs');
INSERT INTO `dossier` VALUES ('A/001',2024,000002,'licenciement',0.10,'2024-02-29 00:00:00.000','0000-00-00 00:00:00','\0',NULL);
INSERT INTO `dossier` VALUES ('B-3',2024,NULL,'pension',NULL,'2024-03-01 00:00:00.000',NULL,NULL,'');
INSERT INTO `dossier` VALUES ('C4',2024,000003,'expulsion',-50.00,'2024-04-01 00:00:00.000','2024-03-01 00:00:00','','INSERT INTO `dossier` VALUES (9);');
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
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `v dossiers` AS SELECT
 NULL AS `ref` */;
SET character_set_client = @saved_cs_client;
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
