package adapters

import "casehub/internal/errs"

// Code names what is wrong with a record or a value. The list is closed: a
// source and the import that takes its records use these and no others.
type Code string

// The codes.
const (
	EncodingInvalid   Code = "encoding_invalid"     // bytes that are no text in the declared encoding
	MojibakeSuspected Code = "mojibake_suspected"   // text that was decoded in a wrong encoding before
	RowTooLong        Code = "row_too_long"         // more cells than the header, or past the caps of a record
	HeaderMissing     Code = "header_missing"       // a value in a column without a name
	HeaderDuplicate   Code = "header_duplicate"     // two columns of one name
	TypeDate          Code = "type_date"            // not a date
	DateAmbiguous     Code = "date_ambiguous"       // day and month could be either, or the year is missing
	DateImpossible    Code = "date_impossible"      // no day of the calendar, or against another day
	TypeMoney         Code = "type_money"           // not an amount
	MoneyAmbiguous    Code = "money_ambiguous"      // the separator could be thousands or decimals
	MoneyWords        Code = "money_with_words"     // an amount with words beside it
	IDDestroyed       Code = "id_destroyed"         // a number that a spreadsheet rounded or cut
	IDCheck           Code = "id_check_failed"      // a document number whose check digit or birth date does not fit
	CodeUnknown       Code = "code_unknown"         // not in the code list
	RequiredMissing   Code = "required_missing"     // a value that must be there is not
	ReferenceMissing  Code = "reference_missing"    // points to a record that is not there
	ReferenceAmbig    Code = "reference_ambiguous"  // points to more than one record
	DuplicateKey      Code = "duplicate_source_key" // the key of an earlier record
	DuplicateUUID     Code = "duplicate_source_uuid"
	BadJSON           Code = "bad_json"
	NoFormulaValue    Code = "formula_without_value" // a formula whose result was not saved
	CellTruncated     Code = "cell_truncated"        // cut at the limit of the program that wrote it
	AttachmentMissing Code = "attachment_missing"
	AttachmentHash    Code = "attachment_hash_mismatch"
	EncryptedRecord   Code = "encrypted_record"
	SourceGone        Code = "source_gone"         // was there in an earlier import and is no more
	RecordHeld        Code = "record_held"         // another part of the same record is held back
	ConflictLocal     Code = "conflict_local_edit" // changed in the office and at the source
)

// Codes returns the whole list.
func Codes() []Code {
	return []Code{
		EncodingInvalid, MojibakeSuspected, RowTooLong, HeaderMissing, HeaderDuplicate, TypeDate, DateAmbiguous,
		DateImpossible, TypeMoney, MoneyAmbiguous, MoneyWords, IDDestroyed, IDCheck, CodeUnknown, RequiredMissing, ReferenceMissing,
		ReferenceAmbig, DuplicateKey, DuplicateUUID, BadJSON, NoFormulaValue, CellTruncated, AttachmentMissing,
		AttachmentHash, EncryptedRecord, SourceGone, RecordHeld, ConflictLocal,
	}
}

// Problem is something wrong with a record. Column is the field at fault, or ""
// for the whole record, which is then not to be used.
type Problem struct {
	Code   Code
	Column string
}

// Errors of sources. Their values are names of the mapping and of the file,
// never content: file (without its folder), table (as the mapping names it) and
// what each says.
var (
	// ErrStream reports a stream that the source does not have: table.
	ErrStream = errs.New(errs.NotFound, "adapters.stream")
	// ErrSheet reports a sheet that a workbook does not have: file, table, sheet.
	ErrSheet = errs.New(errs.NotFound, "adapters.sheet")
	// ErrCursor reports a cursor that does not fit the stream, for example because
	// the file was changed since.
	ErrCursor = errs.New(errs.Conflict, "adapters.cursor")
	// ErrBlob reports a document that the source does not have.
	ErrBlob = errs.New(errs.NotFound, "adapters.blob")
	// ErrTooLarge reports a file past the limit that protects the machine: file,
	// megabytes.
	ErrTooLarge = errs.New(errs.Invalid, "adapters.too-large")
	// ErrTooManyCells reports a table past such limits: file, table, rows, columns.
	ErrTooManyCells = errs.New(errs.Invalid, "adapters.too-many-cells")
	// ErrUnreadable reports a source that is not what it was declared to be: file,
	// expected.
	ErrUnreadable = errs.New(errs.Invalid, "adapters.unreadable")
	// ErrEncrypted reports a file that a password protects: file.
	ErrEncrypted = errs.New(errs.Invalid, "adapters.encrypted")
	// ErrPassword reports a password that does not open a file: file.
	ErrPassword = errs.New(errs.Invalid, "adapters.password")
	// ErrPasswordMissing reports a file that needs a password which the mapping does
	// not name or whose place is empty: file.
	ErrPasswordMissing = errs.New(errs.Invalid, "adapters.password-missing")
	// ErrOtherProgram reports a file of another program that nobody here reads:
	// file, program.
	ErrOtherProgram = errs.New(errs.Invalid, "adapters.other-program")
	// ErrUnsafeName reports an archive with a name that points outside of it: file.
	ErrUnsafeName = errs.New(errs.Invalid, "adapters.unsafe-name")
	// ErrBomb reports a file that grows far beyond its size when it is unpacked:
	// file.
	ErrBomb = errs.New(errs.Invalid, "adapters.bomb")
	// ErrKept reports a file that was kept elsewhere and cannot be read whole: file.
	ErrKept = errs.New(errs.Unavailable, "adapters.kept")
	// ErrNotHere reports a file that can only be read where it lies on this computer,
	// and does not: file.
	ErrNotHere = errs.New(errs.Invalid, "adapters.not-here")
	// ErrFileNeeded reports a type of source that reads a file, without one: type.
	ErrFileNeeded = errs.New(errs.Invalid, "adapters.file-needed")
	// ErrNoFile reports a type of source that reads a server, with a file: type.
	ErrNoFile = errs.New(errs.Invalid, "adapters.no-file")
	// ErrNoFiles reports a folder or an archive in which no file fits: file, table.
	ErrNoFiles = errs.New(errs.NotFound, "adapters.no-files")
	// ErrHeader reports a table without anything like a header: file, table.
	ErrHeader = errs.New(errs.Invalid, "adapters.header")
	// ErrHeaderRow reports a declared row of a header that is not there: file,
	// table, row.
	ErrHeaderRow = errs.New(errs.Invalid, "adapters.header-row")
	// ErrHeaderWide reports a header past the limit: file, table, columns.
	ErrHeaderWide = errs.New(errs.Invalid, "adapters.header-wide")
	// ErrDittoColumn reports a setting ditto that names a column that is not there:
	// file, table, column.
	ErrDittoColumn = errs.New(errs.Invalid, "adapters.ditto-column")
	// ErrPgArchive reports an archive of pg_dump that is no text: file.
	ErrPgArchive = errs.New(errs.Invalid, "adapters.pg-archive")
	// ErrServerFile reports a file that only the database's server can read: file,
	// program.
	ErrServerFile = errs.New(errs.Invalid, "adapters.server-file")
	// ErrAccess reports an Access database where nothing here can read it: file.
	ErrAccess = errs.New(errs.Invalid, "adapters.access")
	// ErrAccessTools reports that the programs which read Access databases are not on
	// this computer: file.
	ErrAccessTools = errs.New(errs.Unavailable, "adapters.access-tools")
	// ErrPacked reports a file that is packed in a way that nobody here unpacks: file,
	// program.
	ErrPacked = errs.New(errs.Invalid, "adapters.packed")
	// ErrNoSQL reports rows of a database that are not written as SQL: file.
	ErrNoSQL = errs.New(errs.Invalid, "adapters.no-sql")
	// ErrUnknownFile reports a file that is no text and of no known program: file.
	ErrUnknownFile = errs.New(errs.Invalid, "adapters.unknown-file")
	// ErrEmptyFile reports a file of no bytes: file.
	ErrEmptyFile = errs.New(errs.Invalid, "adapters.empty-file")
	// ErrJournal reports a database file whose last changes stand in a journal beside it:
	// file.
	ErrJournal = errs.New(errs.Invalid, "adapters.journal")
	// ErrDamaged reports a file that is damaged or ends in the middle: file.
	ErrDamaged = errs.New(errs.Invalid, "adapters.damaged")
	// ErrNoTables reports a dump without any table: file.
	ErrNoTables = errs.New(errs.Invalid, "adapters.no-tables")
	// ErrSettings reports a setting of the source that is missing or wrong: setting.
	ErrSettings = errs.New(errs.Invalid, "adapters.settings")
	// ErrSecret reports a secret that is not where the mapping says: setting.
	ErrSecret = errs.New(errs.Invalid, "adapters.secret")
	// ErrSecretName reports an environment variable that is no source's: setting.
	ErrSecretName = errs.New(errs.Forbidden, "adapters.secret-name")
	// ErrOwnFile reports a path of the node's own data or secrets: setting.
	ErrOwnFile = errs.New(errs.Forbidden, "adapters.own-file")
	// ErrSecretFolder reports a file that a mapping from the pages names and that is not in
	// the folder of the secrets of sources: setting.
	ErrSecretFolder = errs.New(errs.Forbidden, "adapters.secret-folder")
	// ErrInsecure reports an address that is not https: host.
	ErrInsecure = errs.New(errs.Invalid, "adapters.insecure")
	// ErrUnproven reports a database on another machine that need not prove who it is:
	// host.
	ErrUnproven = errs.New(errs.Invalid, "adapters.unproven")
	// ErrElsewhere reports a server that sends us on to another one: host.
	ErrElsewhere = errs.New(errs.Forbidden, "adapters.elsewhere")
	// ErrSignIn reports a server that does not take the secret: host.
	ErrSignIn = errs.New(errs.Forbidden, "adapters.sign-in")
	// ErrMissing reports something that the server does not have: host.
	ErrMissing = errs.New(errs.NotFound, "adapters.missing")
	// ErrUnreachable reports a server that is out of reach or out of order: host.
	ErrUnreachable = errs.New(errs.Unavailable, "adapters.unreachable")
	// ErrAnswer reports an answer that is none of the system that was expected: host.
	ErrAnswer = errs.New(errs.Invalid, "adapters.answer")
	// ErrIncomplete reports a server that gave fewer records than it counted: host.
	ErrIncomplete = errs.New(errs.Unavailable, "adapters.incomplete")
	// ErrEnded reports a reading program that ended before it was done.
	ErrEnded = errs.New(errs.Unavailable, "adapters.ended")
	// ErrNoProgram reports that the reading program is not beside the node's own.
	ErrNoProgram = errs.New(errs.NotFound, "adapters.no-program")
)

// Named adds the names of the file and the table to an error that a person can do
// something about; the file only where none is named.
func Named(err error, file, table string) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	if _, named := e.Args()["file"]; !named {
		e = e.With("file", file)
	}
	return e.With("table", table)
}
