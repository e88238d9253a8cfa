-- --------------------------------------------------------
-- Host:                         127.0.0.1
-- Server version:               10.4.11-MariaDB - mariadb.org binary distribution
-- Server OS:                    Win64
-- HeidiSQL Version:             12.1.0.6537
-- --------------------------------------------------------

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8 */;
/*!50503 SET NAMES utf8mb4 */;

-- Dumping database structure for Oficina Legal
CREATE DATABASE IF NOT EXISTS `Oficina Legal` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;
USE `Oficina Legal`;

-- Dumping structure for table Oficina Legal.atención
CREATE TABLE IF NOT EXISTS `atención` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `apellido` varchar(50) NOT NULL,
  `nombre` varchar(50) DEFAULT NULL,
  `tipo` varchar(20) DEFAULT NULL,
  `día` datetime DEFAULT NULL,
  `monto` decimal(10,2) DEFAULT NULL,
  `nota` text DEFAULT NULL,
  PRIMARY KEY (`id`) USING BTREE
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4;

-- Dumping data for table Oficina Legal.atención: ~3 rows (approximately)
/*!40000 ALTER TABLE `atención` DISABLE KEYS */;
INSERT IGNORE INTO `atención` (`id`, `apellido`, `nombre`, `tipo`, `día`, `monto`, `nota`) VALUES
	(1, 'Muñoz d\'Ejemplo', 'José \"Pepe\"', 'desalojo', '2011-02-03 00:00:00', 1200.50, 'dijo: sí; no\r\nluego'),
	(2, 'Peña\\Ñandú', NULL, 'despido', '2012-02-29 00:00:00', NULL, '-- nada /* de */ INSERT');
REPLACE INTO `atención` (`id`, `apellido`, `nombre`, `tipo`, `día`, `monto`, `nota`) VALUES
	(3, 'Ficticia', '', 'luna', '2011-03-01 00:00:00', 0.10, NULL);
/*!40000 ALTER TABLE `atención` ENABLE KEYS */;

DELIMITER //
CREATE TRIGGER `x` BEFORE INSERT ON `atención` FOR EACH ROW BEGIN
INSERT INTO `atención` VALUES (9,'no',NULL,NULL,NULL,NULL,NULL);
END//
DELIMITER ;
