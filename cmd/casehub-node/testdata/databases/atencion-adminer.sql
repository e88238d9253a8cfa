-- Adminer 4.8.1 MySQL 5.7.33 dump

SET NAMES utf8;
SET time_zone = '+00:00';
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';

SET NAMES utf8mb4;

DROP TABLE IF EXISTS `atención`;
CREATE TABLE `atención` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `apellido` varchar(50) NOT NULL,
  `nombre` varchar(50) DEFAULT NULL,
  `tipo` set('desalojo','despido','luna') DEFAULT NULL,
  `día` date NOT NULL,
  `monto` decimal(10,2) DEFAULT NULL,
  `nota` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

TRUNCATE `atención`;
INSERT INTO `atención` (`id`, `apellido`, `nombre`, `tipo`, `día`, `monto`, `nota`) VALUES
(1,	'Muñoz d\'Ejemplo',	'José \"Pepe\"',	'desalojo',	'2011-02-03',	1200.50,	'dijo: sí; no\r\nluego'),
(2,	'Peña\\Ñandú',	NULL,	'despido',	'2012-02-29',	NULL,	'-- nada /* de */ INSERT'),
(3,	'Ficticia',	'',	'luna',	'2011-03-01',	0.10,	NULL)
ON DUPLICATE KEY UPDATE `id` = VALUES(`id`), `apellido` = VALUES(`apellido`);

DELIMITER ;;
CREATE TRIGGER `a_bi` BEFORE INSERT ON `atención` FOR EACH ROW
SET NEW.nota = ';';;
DELIMITER ;

-- 2021-02-05 10:00:00
