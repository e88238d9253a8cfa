--
-- PostgreSQL database dump
--

\restrict 11KmckcrIvM6LZaGG34EcErnIbC6CSJF5KOpP3BlJ27Vvw3GJtdtOS6Jdhzm1HX

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Registro 2024; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA "Registro 2024";


--
-- Name: legal; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA legal;


--
-- Name: estado; Type: TYPE; Schema: legal; Owner: -
--

CREATE TYPE legal.estado AS ENUM (
    'Abierto',
    'En trámite',
    'Cerrado; archivado'
);


--
-- Name: f(); Type: FUNCTION; Schema: legal; Owner: -
--

CREATE FUNCTION legal.f() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO parte VALUES (9); RETURN NEW; END; $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: order; Type: TABLE; Schema: Registro 2024; Owner: -
--

CREATE TABLE "Registro 2024"."order" (
    "select" integer NOT NULL,
    persona integer,
    est legal.estado,
    "fecha apertura" date,
    monto numeric
);


--
-- Name: order_select_seq; Type: SEQUENCE; Schema: Registro 2024; Owner: -
--

ALTER TABLE "Registro 2024"."order" ALTER COLUMN "select" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "Registro 2024".order_select_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: entidad; Type: TABLE; Schema: legal; Owner: -
--

CREATE TABLE legal.entidad (
    id integer NOT NULL,
    creado timestamp with time zone
);


--
-- Name: Personas atendidas; Type: TABLE; Schema: legal; Owner: -
--

CREATE TABLE legal."Personas atendidas" (
    "Apellidos" character varying(60) NOT NULL,
    "Nombres" text,
    nac date,
    tel text[],
    notas jsonb,
    foto bytea,
    saldo numeric(12,2),
    activo boolean,
    marcas bit(5),
    c character(5),
    completo text GENERATED ALWAYS AS ((("Apellidos")::text || '!'::text)) STORED
)
INHERITS (legal.entidad);


--
-- Name: v; Type: VIEW; Schema: legal; Owner: -
--

CREATE VIEW legal.v AS
 SELECT "Personas atendidas"."Apellidos"
   FROM legal."Personas atendidas";


--
-- Name: parte; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.parte (
    id integer,
    d date NOT NULL,
    t text
)
PARTITION BY RANGE (d);


--
-- Name: parte_2023; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.parte_2023 (
    id integer,
    d date NOT NULL,
    t text
);


--
-- Name: parte_2023; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.parte ATTACH PARTITION public.parte_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');


--
-- Data for Name: order; Type: TABLE DATA; Schema: Registro 2024; Owner: -
--

COPY "Registro 2024"."order" ("select", persona, est, "fecha apertura", monto) FROM stdin;
1	1	Abierto	2024-01-05	1200.50
2	2	En trámite	2024-02-29	\N
3	99	Cerrado; archivado	2024-03-01	0.10
4	3	Abierto	\N	NaN
\.


--
-- Data for Name: Personas atendidas; Type: TABLE DATA; Schema: legal; Owner: -
--

COPY legal."Personas atendidas" (id, creado, "Apellidos", "Nombres", nac, tel, notas, foto, saldo, activo, marcas, c) FROM stdin;
1	2024-01-02 02:00:00+00	Muñoz d'Ejemplo	línea1\nlínea2\ttab\\barra	1980-02-29	{"011 555","022 555"}	{"hijos": [{"n": "Zoé"}]}	\\xffd8ffe0	-99.99	t	10101	ab   
2	\N	\\.	\\N	\N	{}	[]	\\x686f6c61	0.10	f	\N	\N
3	\N	日本 😀	x; -- COPY a FROM stdin;	infinity	\N	\N	\N	\N	\N	\N	     
\.


--
-- Data for Name: entidad; Type: TABLE DATA; Schema: legal; Owner: -
--

COPY legal.entidad (id, creado) FROM stdin;
\.


--
-- Data for Name: parte_2023; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.parte_2023 (id, d, t) FROM stdin;
1	2023-05-05	p23
\.


--
-- Name: order_select_seq; Type: SEQUENCE SET; Schema: Registro 2024; Owner: -
--

SELECT pg_catalog.setval('"Registro 2024".order_select_seq', 4, true);


--
-- Name: order order_pkey; Type: CONSTRAINT; Schema: Registro 2024; Owner: -
--

ALTER TABLE ONLY "Registro 2024"."order"
    ADD CONSTRAINT order_pkey PRIMARY KEY ("select");


--
-- Name: entidad entidad_pkey; Type: CONSTRAINT; Schema: legal; Owner: -
--

ALTER TABLE ONLY legal.entidad
    ADD CONSTRAINT entidad_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--

\unrestrict 11KmckcrIvM6LZaGG34EcErnIbC6CSJF5KOpP3BlJ27Vvw3GJtdtOS6Jdhzm1HX

