package main

import (
	"strings"
	"testing"
)

// shippedSamples are small files for the mappings that come with the program, with
// words of the report that each must give.
var shippedSamples = []struct {
	mapping, file, text string
	want                []string
}{
	{
		"rlt", "matters.csv", "Matter No;Client No;Surname;First names;ID number;Phone;Farm;Matter type;Date opened;Date closed;Landowner;Notes;Referred to\n" +
			"R1;K1;Example;Anna;8001015009087;082 555 0101;Farm 1;Tenure;13/02/2024;;Owner;evicted;Legal Aid\nR2;K1;Example;Anna;8001015009087;;Farm 1;Land claim;14/02/2024;20/02/2024;Owner;;\n",
		[]string{"client                 2         1", "case                   2         2", "referral               2         1"},
	},
	{
		"cwao", "matters.csv", "Case No;Worker;Cell;Issue;Date;Closed;Result;Employer;Referred;Amount\nC1;EXAMPLE, Ben;0825550101;Unpaid wages;13/02/2024;20/02/2024;Settled;Firm;CCMA;R 1 200,50\n",
		[]string{"case                   1         1", "recovery               1         1", "referral               1         1"},
	},
	{
		"ccjd", "matters.csv", "Office;Case;Client;Name;Category;Opened;Closed;Referral;Recovered\nA;1;7;Example;Maintenance;13/02/2024;;Court;500\nB;1;7;Sample;Labour;13/02/2024;;;\n",
		[]string{"client                 2         2", "case                   2         2"},
	},
	{
		"microjusticia", "region.sql", "CREATE TABLE `cliente` (`id_cliente` int(11) NOT NULL, `nombres` varchar(80), `apellido_paterno` varchar(60), `apellido_materno` varchar(60), `sexo` varchar(1), `fecha_nac` date, `doc_nro` varchar(20), `telefono` varchar(40), `zona` varchar(80), PRIMARY KEY (`id_cliente`));\n" +
			"INSERT INTO `cliente` VALUES (1,'Ana','Ejemplo','Prueba','F','0000-00-00','S/N','71234567','Zona 1');\n" +
			"CREATE TABLE `caso` (`id_caso` int(11) NOT NULL, `codigo` varchar(20), `id_cliente` int(11), `id_servicio` int(11), `fecha_inicio` date, `fecha_fin` date, `estado` tinyint(4), `observaciones` text, PRIMARY KEY (`id_caso`));\n" +
			"INSERT INTO `caso` VALUES (1,'LPZ-1',1,3,'2013-02-01','0000-00-00',1,'x'),(2,'LPZ-2',9,3,'2013-02-01','0000-00-00',1,'orphan');\n" +
			"CREATE TABLE `consulta` (`id` int(11) NOT NULL, `fecha` date, `nombre_libre` varchar(120), `tema` varchar(100), `respuesta` text, PRIMARY KEY (`id`));\nINSERT INTO `consulta` VALUES (1,'2013-03-01','una vecina','Herencia ','Se orientó');\n" +
			"CREATE TABLE `encuesta` (`id` int(11) NOT NULL, `id_caso` int(11), `fecha` date, `p1` varchar(10), `comentario` text, PRIMARY KEY (`id`));\nINSERT INTO `encuesta` VALUES (1,1,'2013-05-01','MB','bien');\n",
		[]string{"client                 1         1", "case                   2         1", "visit                  1         1", "survey                 1         1"},
	},
}

func TestTheShippedMappingsBringTheirSamples(t *testing.T) {
	for _, c := range shippedSamples {
		t.Run(c.mapping, func(t *testing.T) {
			o := newOffice(t)
			status, said, errs := o.run("--mapping", c.mapping, "--accept", o.file(c.file, c.text))
			if status != 0 && status != 3 {
				t.Fatalf("status %d\n%s%s", status, said, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("the report has no %q:\n%s", want, said)
				}
			}
		})
	}
}

// TestTheDatabasesOfOldOfficesComeIn runs the shipped mappings on whole databases. The
// counts are those of the databases; every row is created, or held back with a code.
func TestTheDatabasesOfOldOfficesComeIn(t *testing.T) {
	for _, c := range []struct {
		mapping, file string
		want          []string
	}{
		{"microjusticia", "microjusticia/region_a_synthetic_mysqldump_utf8.sql", []string{"client               120", "case                 170", "visit                 90", "survey                60"}},
		{"advice-office-database", "sql-legacy/sa_advice_office_synthetic.sqlite", []string{"client               184", "case                 260", "referral              49"}},
	} {
		t.Run(c.mapping, func(t *testing.T) {
			comesIn(t, c.mapping, c.file, c.want)
		})
	}
}
