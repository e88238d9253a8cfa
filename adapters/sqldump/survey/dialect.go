package survey

import (
	"bytes"

	"casehub/adapters/sqldump/lex"
)

// signs are texts that tell the dialects apart, the surest first.
var signs = []struct {
	text string
	of   lex.Dialect
}{
	{"-- PostgreSQL database", lex.Postgres},
	{"-- MySQL dump", lex.MySQL},
	{"-- MariaDB dump", lex.MySQL},
	{"phpMyAdmin SQL Dump", lex.MySQL},
	{"SQLyog", lex.MySQL},
	{"Navicat MySQL", lex.MySQL},
	{"/*!40", lex.MySQL},
	{"/*!50", lex.MySQL},
	{"ENGINE=", lex.MySQL},
	{"standard_conforming_strings", lex.Postgres},
	{"pg_catalog", lex.Postgres},
	{"FROM stdin;", lex.Postgres},
	{"SET ANSI_NULLS", lex.SQLServer},
	{"SET QUOTED_IDENTIFIER", lex.SQLServer},
	{"\nGO\r\n", lex.SQLServer},
	{"\nGO\n", lex.SQLServer},
	{"[dbo].", lex.SQLServer},
	{"PRAGMA foreign_keys", lex.SQLite},
	{"BEGIN TRANSACTION;", lex.SQLite},
	{"sqlite_sequence", lex.SQLite},
	{"`", lex.MySQL},
	{"] (", lex.SQLServer},
	{"nextval(", lex.Postgres},
	{"::", lex.Postgres},
	{`\'`, lex.MySQL},
}

// dialectOf finds the dialect by the beginning of a text. What says nothing is
// read as SQLite, which has the fewest peculiarities.
func dialectOf(head []byte) lex.Dialect {
	for _, m := range signs {
		if bytes.Contains(head, []byte(m.text)) {
			return m.of
		}
	}
	return lex.SQLite
}
