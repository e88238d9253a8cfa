-- phpMyAdmin SQL Dump
-- version 2.11.9.4
-- http://www.phpmyadmin.net
--
-- Servidor: localhost
-- Tiempo de generación: 05-03-2011 a las 10:11:12
-- Versión del servidor: 5.0.67

SET SQL_MODE="NO_AUTO_VALUE_ON_ZERO";

--
-- Base de datos: `oficina`
--

-- --------------------------------------------------------

CREATE TABLE IF NOT EXISTS `atención` (
  `id` int(11) NOT NULL auto_increment,
  `apellido` varchar(50) collate latin1_spanish_ci NOT NULL default '',
  `nombre` varchar(50) collate latin1_spanish_ci default NULL,
  `tipo` enum('desalojo','despido','luna') collate latin1_spanish_ci NOT NULL COMMENT '1=abierto; 2=''no''',
  `día` date NOT NULL default '0000-00-00',
  `monto` decimal(10,2) default NULL,
  `nota` text collate latin1_spanish_ci,
  PRIMARY KEY  (`id`),
  KEY `día` (`día`)
) ENGINE=MyISAM  DEFAULT CHARSET=latin1 COLLATE=latin1_spanish_ci COMMENT='atenciones; todas' AUTO_INCREMENT=4 ;

--
-- Volcar la base de datos para la tabla `atención`
--

INSERT INTO `atención` (`id`, `apellido`, `nombre`, `tipo`, `día`, `monto`, `nota`) VALUES
(1, 'Muñoz d''Ejemplo', 'José "Pepe"', 'desalojo', '2011-02-03', 1200.50, 'dijo: sí; no\r\nluego'),
(2, 'Peña\\Ñandú', NULL, 'despido', '2012-02-29', NULL, '-- nada /* de */ INSERT'),
(3, 'Ficticia', '', 'luna', '2011-03-01', 0.10, NULL);
