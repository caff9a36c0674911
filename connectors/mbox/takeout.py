"""What Google Takeout adds to an mbox: the API's own numbers for messages and threads, and labels.

The labels of the system are written in the language of the account; those of the languages
below are known. An unknown one is a label like any other, and then only addresses tell.
"""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from connectors.mail.address_list import decoded


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


# Google's own words for its folders, lower case; English first.
_SENT = _words(
    "sent|sent mail|gesendet|envoyé|envoyés|messages envoyés|enviado|enviados|inviati|inviata|"
    "posta inviata|verzonden|wysłane|odeslané|odeslaná pošta|elküldött|trimise|skickat|sendt|"
    "sendte|lähetetyt|gönderilmiş|gönderilmiş postalar|отправленные|надіслані|απεσταλμένα|"
    "送信済み|送信済みメール|已发送|已发邮件|寄件備份|보낸편지함|נשלח|המרسلة"
)
_SET_ASIDE: dict[str, frozenset[str]] = {
    "in Trash": _words(
        "trash|bin|papierkorb|corbeille|papelera|cestino|lixeira|lixo|prullenbak|kosz|koš|kuka|"
        "papperskorgen|papirkurv|papirkurven|roskakori|çöp kutusu|coş de gunoi|coș de gunoi|"
        "корзина|кошик|κάδος απορριμμάτων|ゴミ箱|已删除邮件|垃圾桶|휴지통|אשפה"
    ),
    "in Spam": _words(
        "spam|junk|pourriel|correo no deseado|skräppost|søppelpost|roskaposti|nevyžádaná pošta|"
        "спам|ανεπιθύμητα|迷惑メール|垃圾邮件|垃圾郵件|스팸함|ספאם"
    ),
    "a draft": _words(
        "draft|drafts|entwurf|entwürfe|brouillon|brouillons|borrador|borradores|bozza|bozze|"
        "rascunho|rascunhos|concepten|wersje robocze|wersja robocza|koncepty|piszkozatok|"
        "mesaje nefinalizate|utkast|kladder|kladde|luonnokset|taslak|taslaklar|черновики|"
        "чернетки|πρόχειρα|下書き|草稿|임시보관함|טיוטות"
    ),
    "a chat message": _words("chat|chats|чат|чаты|チャット|聊天|채팅"),
}
_CATEGORY = re.compile(
    r"(?:category|kategorie|catégorie|categoría|categoria|categorie|kategoria|kategori|категория)"
    r"[\s:_]*(.+)"
)
# Called as the Gmail connector calls them, with the beginnings of their names in the labels.
_CATEGORIES = (
    ("Gmail: promotions", ("promo", "werbung", "publicid", "reklam", "oferty", "промо")),
    ("Gmail: social", ("social", "sozial", "soziale", "réseaux", "sociaal", "społ", "соц")),
    ("Gmail: updates", ("update", "benachricht", "notific", "mises à jour", "aktualis", "обнов")),
    ("Gmail: forums", ("forum", "foren", "foros", "fóruns", "форум")),
)
_LONGEST = 10_000  # characters of labels
_MOST_DIGITS = 20  # of an unsigned 64-bit number
_POSTMARK = re.compile(rb"From (\d{10,20})@xxx ")


class Labels(NamedTuple):
    """What the labels of a message say: `set_aside` is why it is no contact, else empty."""

    set_aside: str
    sent: bool
    evidence: str


_NO_LABELS = Labels("", sent=False, evidence="")


def read_labels(value: str) -> Labels:
    """Read an X-Gmail-Labels value: a list with commas, perhaps encoded, perhaps quoted.

    >>> read_labels("Inbox,Category Promotions,Opened")
    Labels(set_aside='', sent=False, evidence='Gmail: promotions')
    """
    if not value:
        return _NO_LABELS
    text = " ".join(decoded(value).split())
    rows = csv.reader([text[:_LONGEST]], skipinitialspace=True)
    labels = [label.strip("\"' ").lower() for row in rows for label in row]
    set_aside = ""
    evidence = ""
    for label in labels:
        for reason, words in _SET_ASIDE.items():
            if label in words:
                set_aside = set_aside or reason
        evidence = evidence or _category(label)
    return Labels(set_aside, any(label in _SENT for label in labels), evidence)


def hexadecimal(number: str) -> str:
    """One of Google's 64-bit numbers as the Gmail API writes it; empty where it is none.

    >>> hexadecimal("1574390855458927123")
    '15d95c243d40b213'
    """
    digits = number.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        return ""
    return format(int(digits), "x")


def number_in_postmark(postmark: bytes) -> str:
    """The message's number, which Takeout writes where others have the sender's address."""
    match = _POSTMARK.match(postmark)
    return match[1].decode("ascii") if match else ""


def _category(label: str) -> str:
    match = _CATEGORY.fullmatch(label)
    if match is None:
        return ""
    name = match[1].strip("„“”\"'«» ")
    for evidence, beginnings in _CATEGORIES:
        if name.startswith(beginnings):
            return evidence
    return ""
