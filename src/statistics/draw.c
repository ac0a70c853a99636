/*
 * draw.c
 *		draw(subject, salt): a number drawn for somebody, the same for ever.
 */
#include "compat.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"

PG_FUNCTION_INFO_V1(scoring_draw);

/* the text in UTF-8; SQL_ASCII says nothing of what its bytes are */
static const uint8 *
utf8_of(text *t, size_t *len)
{
	char	   *bytes = VARDATA_ANY(t);
	char	   *utf8 = bytes;

	*len = VARSIZE_ANY_EXHDR(t);
	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		utf8 = (char *) pg_do_encoding_conversion((unsigned char *) bytes, (int) *len,
												  GetDatabaseEncoding(), PG_UTF8);
	if (utf8 != bytes)
		*len = strlen(utf8);
	return (const uint8 *) utf8;
}

/*
 * draw(subject text, salt text) returns float8, at least 0 and below 1
 *
 * The first 53 bits, big-endian, of the SHA-256 of the salt, a zero byte and
 * the subject, both in UTF-8, as a fraction.  No text has a zero byte, so no
 * two pairs share their bytes.
 */
Datum
scoring_draw(PG_FUNCTION_ARGS)
{
	size_t		subject_len;
	size_t		salt_len;
	const uint8 *subject = utf8_of(PG_GETARG_TEXT_PP(0), &subject_len);
	const uint8 *salt = utf8_of(PG_GETARG_TEXT_PP(1), &salt_len);
	const uint8 zero = 0;
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	uint64		first;
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, salt, salt_len) < 0 ||
		pg_cryptohash_update(hash, &zero, 1) < 0 ||
		pg_cryptohash_update(hash, subject, subject_len) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
	memcpy(&first, digest, sizeof(first));
	PG_RETURN_FLOAT8((double) (pg_ntoh64(first) >> 11) / (UINT64CONST(1) << 53));
}
