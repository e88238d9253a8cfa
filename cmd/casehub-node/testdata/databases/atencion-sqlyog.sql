/*
SQLyog Ultimate v9.62 
MySQL - 5.5.24 : Database - oficina
*********************************************************************
*/

/*!40101 SET NAMES utf8 */;

USE `oficina`;

/*Table structure for table `atención` */

DROP TABLE IF EXISTS `atención`;

CREATE TABLE `atención` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `apellido` varchar(50) DEFAULT NULL,
  `nombre` varchar(50) DEFAULT NULL,
  `tipo` varchar(20) DEFAULT NULL,
  `día` date DEFAULT NULL,
  `monto` decimal(10,2) DEFAULT NULL,
  `nota` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8;

/*Data for the table `atención` */

insert  into `atención`(`id`,`apellido`,`nombre`,`tipo`,`día`,`monto`,`nota`) values 

(1,'Muñoz d\'Ejemplo','José \"Pepe\"','desalojo','2011-02-03',1200.50,'dijo: sí; no\r\nluego'),

(2,'Peña\\Ñandú',NULL,'despido','2012-02-29',NULL,'-- nada /* de */ INSERT'),

(3,'Ficticia','','luna','2011-03-01',0.10,NULL);

/* Trigger structure for table `atención` */

DELIMITER $$

/*!50003 CREATE */ /*!50003 TRIGGER `x` BEFORE INSERT ON `atención` FOR EACH ROW BEGIN
 insert into `atención` values (9,'no',NULL,NULL,NULL,NULL,NULL);
 END */$$

DELIMITER ;
