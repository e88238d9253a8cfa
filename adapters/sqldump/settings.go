package sqldump

import (
	"bytes"
	"slices"

	"casehub/adapters"
	"casehub/adapters/tables/charset"
)

// Dialect is the SQL that a dump is written in.
type Dialect string

// The dialects.
const (
	MySQL     Dialect = "mysql" // and MariaDB
	Postgres  Dialect = "postgres"
	SQLServer Dialect = "sqlserver"
	SQLite    Dialect = "sqlite"
)

// Settings declares how a dump is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "sqldump": it says which source the settings are for.
	Type string `yaml:"type"`
	// Dialect of a dump; found in it when empty.
	Dialect Dialect `yaml:"dialect"`
	// Encoding of the texts where the dump does not say it, as "windows-1250".
	Encoding string `yaml:"encoding"`
	// DoubleEncoded says what becomes of texts that were encoded twice, as "JosÃ©":
	// "repair" (the default) where nothing but that can be meant, or "keep".
	DoubleEncoded string `yaml:"double_encoded"`
	// Tables that are streams; all when empty.
	Tables []string `yaml:"tables"`
}

// Check reports the first setting that is wrong.
func (s Settings) Check() error {
	if !slices.Contains([]Dialect{"", MySQL, Postgres, SQLServer, SQLite}, s.Dialect) {
		return adapters.ErrSettings.With("setting", "dialect")
	}
	if s.Encoding != "" {
		_, narrow := charset.Named(s.Encoding)
		wide, _ := wideNamed(s.Encoding)
		if !narrow && wide == nil {
			return adapters.ErrSettings.With("setting", "encoding")
		}
	}
	if !slices.Contains([]string{"", "repair", "keep"}, s.DoubleEncoded) {
		return adapters.ErrSettings.With("setting", "double_encoded")
	}
	return nil
}

// marks are texts that tell the dialects apart, the surest first.
var marks = []struct {
	text string
	of   Dialect
}{
	{"-- PostgreSQL database", Postgres},
	{"-- MySQL dump", MySQL},
	{"-- MariaDB dump", MySQL},
	{"phpMyAdmin SQL Dump", MySQL},
	{"SQLyog", MySQL},
	{"Navicat MySQL", MySQL},
	{"/*!40", MySQL},
	{"/*!50", MySQL},
	{"ENGINE=", MySQL},
	{"standard_conforming_strings", Postgres},
	{"pg_catalog", Postgres},
	{"FROM stdin;", Postgres},
	{"SET ANSI_NULLS", SQLServer},
	{"SET QUOTED_IDENTIFIER", SQLServer},
	{"\nGO\r\n", SQLServer},
	{"\nGO\n", SQLServer},
	{"[dbo].", SQLServer},
	{"PRAGMA foreign_keys", SQLite},
	{"BEGIN TRANSACTION;", SQLite},
	{"sqlite_sequence", SQLite},
	{"`", MySQL},
	{"] (", SQLServer},
	{"nextval(", Postgres},
	{"::", Postgres},
	{`\'`, MySQL},
}

// dialectOf finds the dialect by the beginning of a text. What says nothing is
// read as SQLite, which has the fewest peculiarities.
func dialectOf(head []byte) Dialect {
	for _, m := range marks {
		if bytes.Contains(head, []byte(m.text)) {
			return m.of
		}
	}
	return SQLite
}
