"""The organisation of an address: its registrable domain, unless anybody may have one there.

`people@mail.acme.co.uk` and `sales@acme.co.uk` are of acme.co.uk. Which part of a domain is
registrable is no matter of counting dots; the public suffix list (publicsuffix.org) says it, and
a copy of it comes with `publicsuffixlist`, so that nothing is asked of any server.

Two people of one free-mail host, or of one access provider, have nothing in common: each counts
by themselves there. No list of such hosts is ever whole, so the owner can name more of them
(`[network] mail_hosts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

# The same brand under many a country's domain: yahoo.co.jp, hotmail.fr, gmx.at.
_BRANDS = frozenset(
    {"aol", "gmx", "googlemail", "hotmail", "msn", "outlook", "protonmail", "yahoo", "yandex"}
)

# Who has an address at one of these is a customer, hardly ever an employee.
_REGIONS = (
    # Free mail all over the world, and mail that people pay for by themselves.
    """
    gmail.com live.com live.at live.be live.ca live.cl live.co.uk live.co.za live.com.ar
    live.com.au live.com.mx live.de live.dk live.fi live.fr live.ie live.in live.it live.jp
    live.nl live.no live.ru live.se windowslive.com passport.com ymail.com rocketmail.com
    icloud.com me.com mac.com appleid.com aim.com mail.com email.com usa.com post.com europe.com
    myself.com consultant.com engineer.com inbox.com proton.me pm.me tuta.com tuta.io tutamail.com
    tutanota.com tutanota.de keemail.me fastmail.com fastmail.fm fastmail.net sent.com hey.com
    duck.com zohomail.com zohomail.eu hushmail.com runbox.com riseup.net disroot.org autistici.org
    mailfence.com startmail.com mailbox.org posteo.de posteo.net posteo.org kolabnow.com lycos.com
    excite.com rediffmail.com sify.com indiatimes.com
    """,
    # Germany, Austria, Switzerland.
    """
    web.de t-online.de freenet.de arcor.de online.de email.de mail.de vodafone.de vodafonemail.de
    o2online.de kabelmail.de unitybox.de alice-dsl.net alice.de versanet.de netcologne.de
    ewetel.net gmx-topmail.de aon.at a1.net chello.at liwest.at bluewin.ch sunrise.ch hispeed.ch
    """,
    # France, Italy, Spain, Portugal.
    """
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr club-internet.fr numericable.fr
    aliceadsl.fr libero.it virgilio.it tiscali.it alice.it tin.it inwind.it iol.it fastwebnet.it
    telefonica.net terra.es ono.com movistar.es sapo.pt iol.pt netcabo.pt
    """,
    # Britain, Ireland, the Low Countries, the North.
    """
    btinternet.com btopenworld.com ntlworld.com virginmedia.com virgin.net talktalk.net sky.com
    blueyonder.co.uk tiscali.co.uk freeserve.co.uk plus.com eircom.net ziggo.nl home.nl planet.nl
    kpnmail.nl kpnplanet.nl xs4all.nl hetnet.nl casema.nl chello.nl upcmail.nl quicknet.nl
    telenet.be skynet.be scarlet.be telia.com bredband.net comhem.se spray.se online.no
    frisurf.no jubii.dk kolumbus.fi luukku.com
    """,
    # The East of Europe, Russia.
    """
    wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu gazeta.pl tlen.pl vp.pl poczta.fm
    seznam.cz centrum.cz email.cz post.cz atlas.cz volny.cz azet.sk zoznam.sk centrum.sk
    freemail.hu citromail.hu t-online.hu abv.bg mail.bg dir.bg inbox.lv ukr.net i.ua meta.ua
    mail.ru inbox.ru list.ru bk.ru internet.ru rambler.ru lenta.ru ya.ru
    """,
    # Asia, the Near East.
    """
    qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com tom.com 139.com 189.cn
    aliyun.com naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    nifty.com biglobe.ne.jp ocn.ne.jp so-net.ne.jp hinet.net seed.net.tw walla.com walla.co.il
    netvision.net.il mynet.com
    """,
    # The Americas, the Pacific.
    """
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net
    swbell.net cox.net charter.net earthlink.net mindspring.com juno.com netzero.net optonline.net
    rr.com roadrunner.com frontier.com frontiernet.net centurylink.net embarqmail.com q.com
    windstream.net suddenlink.net compuserve.com netscape.net shaw.ca rogers.com sympatico.ca
    telus.net videotron.ca uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com
    r7.com prodigy.net.mx fibertel.com.ar bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    tpg.com.au xtra.co.nz
    """,
)
_HOSTS = frozenset(host for region in _REGIONS for host in region.split())


class Organisations:
    """Tells the organisation of an address; `mail_hosts` are the owner's own additions.

    `own`: the organisations of the owner's addresses, patterns like `*@example.org` among them.
    """

    def __init__(self, *, mail_hosts: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._hosts = _HOSTS | {host.strip().lower().rstrip(".") for host in mail_hosts}
        self._known: dict[str, str] = {}
        self.own = frozenset(self.of(address) for address in own) - {""}

    def of(self, address: str) -> str:
        """The organisation of an address in canonical form; empty where it says nothing of one.

        >>> Organisations().of("ada@mail.acme.co.uk")
        'acme.co.uk'
        """
        _, at, domain = address.lower().rpartition("@")
        if not at:
            return ""  # a phone number
        if domain not in self._known:
            self._known[domain] = self._of(domain)
        return self._known[domain]

    def _of(self, domain: str) -> str:
        if not domain or domain.startswith("[") or domain in self._hosts:
            return ""
        registrable: str | None = _suffixes().privatesuffix(domain)
        if registrable is None:
            # A whole suffix (`ada@co.uk`) is nobody's; a single word is a house's own network.
            return "" if "." in domain else domain
        brand = registrable.partition(".")[0]
        return "" if registrable in self._hosts or brand in _BRANDS else registrable


@cache
def _suffixes() -> Any:  # noqa: ANN401 - the library ships no types
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - reads a list of 10,000 lines

    return PublicSuffixList()
