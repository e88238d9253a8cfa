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
	IDDestroyed       Code = "id_destroyed"         // a number that a spreadsheet rounded or cut
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
	ConflictLocal     Code = "conflict_local_edit" // changed in the office and at the source
)

// Codes returns the whole list.
func Codes() []Code {
	return []Code{
		EncodingInvalid, MojibakeSuspected, RowTooLong, HeaderMissing, HeaderDuplicate, TypeDate, DateAmbiguous,
		DateImpossible, TypeMoney, MoneyAmbiguous, IDDestroyed, CodeUnknown, RequiredMissing, ReferenceMissing,
		ReferenceAmbig, DuplicateKey, DuplicateUUID, BadJSON, NoFormulaValue, CellTruncated, AttachmentMissing,
		AttachmentHash, EncryptedRecord, SourceGone, ConflictLocal,
	}
}

// Problem is something wrong with a record. Column is the field at fault, or ""
// for the whole record, which is then not to be used.
type Problem struct {
	Code   Code
	Column string
}

// ErrStream reports a stream that the source does not have.
var ErrStream = errs.New(errs.NotFound, "adapters.stream")

// ErrCursor reports a cursor that does not fit the stream, for example because
// the file was changed since.
var ErrCursor = errs.New(errs.Conflict, "adapters.cursor")

// ErrBlob reports a document that the source does not have.
var ErrBlob = errs.New(errs.NotFound, "adapters.blob")

// ErrTooLarge reports a source past the limits that protect the machine.
var ErrTooLarge = errs.New(errs.Invalid, "adapters.too-large")

// ErrUnreadable reports a source that is not what it was declared to be.
var ErrUnreadable = errs.New(errs.Invalid, "adapters.unreadable")

// ErrHeader reports a table without the header that was declared or expected.
var ErrHeader = errs.New(errs.Invalid, "adapters.header")
