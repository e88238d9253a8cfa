USE [Oficina Legal]
GO
/****** Object:  Table [registro].[atención]    Script Date: 3/2/2009 1:22:33 PM ******/
SET ANSI_NULLS ON
GO
SET QUOTED_IDENTIFIER ON
GO
CREATE TABLE [registro].[atención](
	[id] [int] IDENTITY(1,1) NOT NULL,
	[apellido] [nvarchar](50) COLLATE Modern_Spanish_CI_AS NOT NULL,
	[nombre] [varchar](max) NULL,
	[tipo] [nvarchar](20) NULL,
	[día] [datetime] NULL,
	[monto] [decimal](18, 2) NULL CONSTRAINT [DF_monto]  DEFAULT ((0)),
	[nota] [ntext] NULL,
	[todo]  AS ([apellido]+', '+[nombre]),
 CONSTRAINT [PK_a] PRIMARY KEY CLUSTERED 
(
	[id] ASC
)WITH (PAD_INDEX  = OFF, IGNORE_DUP_KEY = OFF) ON [PRIMARY]
) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]

GO
SET IDENTITY_INSERT [registro].[atención] ON 

GO
INSERT [registro].[atención] ([id], [apellido], [nombre], [tipo], [día], [monto], [nota]) VALUES (1, N'Muñoz d''Ejemplo', N'José "Pepe"', N'desalojo', CAST(N'2011-02-03T00:00:00.000' AS DateTime), CAST(1200.50 AS Decimal(18, 2)), N'dijo: sí; no
luego')
GO
INSERT [registro].[atención] ([id], [apellido], [nombre], [tipo], [día], [monto], [nota]) VALUES (2, N'Peña\Ñandú', NULL, N'despido', CAST(N'2012-02-29T00:00:00.000' AS DateTime), NULL, N'-- nada /* de */ INSERT')
INSERT [registro].[atención] ([id], [apellido], [nombre], [tipo], [día], [monto], [nota]) VALUES (3, N'Ficticia', N'', N'luna', CAST(N'2011-03-01T00:00:00.000' AS DateTime), CAST(0.10 AS Decimal(18, 2)), NULL)
SET IDENTITY_INSERT [registro].[atención] OFF
GO
CREATE TRIGGER [registro].[tr] ON [registro].[atención] AFTER INSERT AS
BEGIN
  INSERT INTO [registro].[atención] VALUES (N'no', NULL, NULL, NULL, NULL, NULL);
END
GO
CREATE PROCEDURE [dbo].[p] AS
INSERT [registro].[atención] ([apellido]) VALUES (N'nunca')
GO
