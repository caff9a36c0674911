"""What an encoded word of a mail header stands for (RFC 2047), by one rule on every Python.

The standard library reads well-formed words, but what it makes of others differs from one patch
level to the next: `base64.b64decode(b"Qm8===x")` is "Bo" on Python 3.13.0 and "Bo1" on 3.13.5, and
Hebrew (`iso-8859-8-i`), Thai (`windows-874`) and Japanese (`windows-31j`) have names for their
charsets that only later versions know. Nothing here raises, whatever a word holds.
"""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ESCAPE = re.compile(rb"_|=([0-9A-Fa-f]{2})")
_MARKS = re.compile(r"[^a-z0-9]+")

# The names that mail has for each charset, in small letters and without marks, by the codec here.
# The names, and the wider charset that is meant where a narrower one is named, are those of the
# WHATWG's Encoding Standard, by which browsers read: what says ISO-8859-1 holds the quotation marks
# of Windows-1252, what says GB2312 holds all of GBK. The rest is of older mail. ASCII stands alone,
# for what says so and is not may be anything.
_NAMES = {
    "ascii": "ascii usascii ansix341968 ansix341986 iso646us iso646irv1991 isoir6 csascii us 646",
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 cp65001",
    "utf-7": "utf7 unicode11utf7 csutf7 csunicode11utf7",
    "utf-16": "utf16 csutf16",
    "utf-16-le": "utf16le csutf16le unicode csunicode ucs2 iso10646ucs2 unicodefeff",
    "utf-16-be": "utf16be csutf16be unicodefffe",
    "utf-32": "utf32 csutf32",
    "utf-32-le": "utf32le csutf32le",
    "utf-32-be": "utf32be csutf32be",
    "cp1252": (
        "iso88591 iso885911987 isoir100 latin1 isolatin1 csisolatin1 l1 cp819 ibm819"
        " windows1252 xcp1252 cp1252 1252"
    ),
    "iso8859-2": "iso88592 iso885921987 isoir101 latin2 isolatin2 csisolatin2 l2",
    "iso8859-3": "iso88593 iso885931988 isoir109 latin3 isolatin3 csisolatin3 l3",
    "iso8859-4": "iso88594 iso885941988 isoir110 latin4 isolatin4 csisolatin4 l4",
    "iso8859-5": "iso88595 iso885951988 isoir144 cyrillic csisolatincyrillic",
    "iso8859-6": (
        "iso88596 iso885961987 isoir127 arabic csisolatinarabic iso88596e iso88596i csiso88596e"
        " csiso88596i ecma114 asmo708"
    ),
    "iso8859-7": (
        "iso88597 iso885971987 isoir126 greek greek8 csisolatingreek ecma118 elot928 suneugreek"
    ),
    "iso8859-8": (
        "iso88598 iso885981988 isoir138 hebrew csisolatinhebrew iso88598e csiso88598e visual"
        " iso88598i csiso88598i logical"
    ),
    "cp1254": (
        "iso88599 iso885991989 isoir148 latin5 isolatin5 csisolatin5 l5 turkish"
        " windows1254 xcp1254 cp1254 1254"
    ),
    "iso8859-10": "iso885910 iso8859101992 isoir157 latin6 csisolatin6 l6",
    "cp874": "iso885911 iso8859112001 tis620 dos874 windows874 cp874 ms874 874 thai",
    "iso8859-13": "iso885913 latin7 l7",
    "iso8859-14": "iso885914 iso8859141998 isoir199 latin8 isoceltic l8",
    "iso8859-15": "iso885915 latin9 csisolatin9 l9",
    "iso8859-16": "iso885916 iso8859162001 isoir226 latin10 l10",
    "cp1250": "windows1250 xcp1250 cp1250 1250",
    "cp1251": "windows1251 xcp1251 cp1251 1251",
    "cp1253": "windows1253 xcp1253 cp1253 1253",
    "cp1255": "windows1255 xcp1255 cp1255 1255",
    "cp1256": "windows1256 xcp1256 cp1256 1256",
    "cp1257": "windows1257 xcp1257 cp1257 1257",
    "cp1258": "windows1258 xcp1258 cp1258 1258",
    "koi8-r": "koi8r koi8 koi cskoi8r",
    "koi8-u": "koi8u koi8ru",
    "mac-roman": "macintosh mac xmacroman macroman csmacintosh",
    "mac-latin2": "xmacce macce maclatin2 maccentraleurope",
    "mac-cyrillic": "xmaccyrillic maccyrillic xmacukrainian",
    "cp437": "ibm437 cp437 437 cspc8codepage437",
    "cp775": "ibm775 cp775 775 cspc775baltic",
    "cp850": "ibm850 cp850 850 cspc850multilingual",
    "cp852": "ibm852 cp852 852 cspcp852",
    "cp855": "ibm855 cp855 855 csibm855",
    "cp857": "ibm857 cp857 857 csibm857",
    "cp858": "ibm858 ibm00858 cp858 cp00858 858",
    "cp862": "ibm862 cp862 862 cspc862latinhebrew",
    "cp864": "ibm864 cp864 864 csibm864",
    "cp866": "ibm866 cp866 866 csibm866",
    "gbk": (
        "gb2312 gb231280 gbk xgbk cp936 ms936 windows936 936 euccn eucgb2312cn chinese csgb2312"
        " csiso58gb231280 isoir58"
    ),
    "gb18030": "gb18030 gb180302000 gb180302005",
    "hz": "hz hzgb hzgb2312",
    "cp950": "big5 big5tw csbig5 cnbig5 xxbig5 xbig5 cp950 ms950 windows950 950",
    "big5hkscs": "big5hkscs hkscs",
    "cp932": "shiftjis csshiftjis sjis xsjis mskanji ms932 cp932 windows932 windows31j 932",
    "euc-jp": "eucjp xeucjp xeuc ujis cseucpkdfmtjapanese",
    "iso2022-jp-ext": "iso2022jp csiso2022jp iso2022jp1 iso2022jpms cp50220 cp50221 iso2022jpext",
    "iso2022-jp-2": "iso2022jp2 csiso2022jp2",
    "iso2022-jp-2004": "iso2022jp3 iso2022jp2004",
    "cp949": (
        "euckr cseuckr ksc5601 ksc56011987 ksc56011989 csksc56011987 korean isoir149 windows949"
        " cp949 ms949 uhc 949"
    ),
    "iso2022-kr": "iso2022kr csiso2022kr",
}
CODECS = {name: codec for codec, names in _NAMES.items() for name in names.split()}


def octets(text: str, how: str) -> bytes:
    r"""The bytes that an encoded word stands for; `how` is its encoding, B or Q.

    B: the first padding ends the word (RFC 2045, 6.8). Before it, what is not of the base64
    alphabet is passed over, and bits at the end that fill no byte are left out.
    Q: what is no escape stands for itself, but for the underscore, which is a space.

    >>> octets("Qm8===x", "B"), octets("B=F6_=Rg", "Q")
    (b'Bo', b'B\xf6 =Rg')
    """
    raw = text.encode("utf-8", "replace")
    if how in "qQ":
        return _ESCAPE.sub(_unescaped, raw)
    kept = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
    whole = kept[:-1] if len(kept) % 4 == 1 else kept
    # Well formed by now, and so of one meaning.
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def characters(content: bytes, charset: str) -> str:
    """The text of an encoded word's bytes.

    Where the charset is unknown or does not fit them: as UTF-8 if they are that, else as
    Windows-1252, else as ISO-8859-1, in which everything is something.
    """
    codec = CODECS.get(_MARKS.sub("", charset.lower()))
    for name in (codec, "utf-8", "cp1252") if codec else ("utf-8", "cp1252"):
        try:
            text = content.decode(name)
            text.encode()  # UTF-7 can say half a character, which is none
        except UnicodeError:
            continue
        return text
    return content.decode("latin-1")


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else b" "
