"""Languages and flags: the words that stand behind a subtitle's stem."""

from __future__ import annotations

from matcher.names import words

_CODES_OF_TWO = frozenset(
    words(
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu"
        " cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi"
        " ho hr ht hu hy hz ia id ie ig ik io is it iu iw ja jv ka kg ki kj kk kl km kn ko kr ks"
        " ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl"
        " nn no nr nv ny oc oj om or os pa pb pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk"
        " sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz"
        " ve vi vo wa wo xh yi yo za zh zu"
    )
)
"""ISO 639-1, with a few that are only in use; without `ii`, which is rather a number."""

_CODES_OF_THREE = frozenset(
    words(
        "afr alb amh ara arm asm aze baq bel ben bos bul bur cat ces chi chs cht cym cze dan deu"
        " dut ell eng epo est eus fas fil fin fra fre geo ger gle glg gre guj heb hin hrv hun hye"
        " ice ind isl ita jpn kan kat kaz khm kor kur lao lat lav lit ltz mac mal mar may mkd mlt"
        " mon msa mul mya nep nld nno nob nor pan per pob pol por pus ron rum rus scc scr sin slk"
        " slo slv som spa spl sqi srp swa swe tam tel tgl tha tib tur ukr und urd uzb vie wel yid"
        " zho zul zxx"
    )
)
"""ISO 639-2 in both its forms, as far as subtitles are met in them."""

_NAMES = frozenset(
    words(
        "albanian arabic basque bengali bosnian brazilian bulgarian cantonese castellano"
        " castilian catalan cesky chinese croatian czech danish dansk deutsch dutch english"
        " espanol estonian farsi finnish flemish francais french galician german greek hebrew"
        " hindi hrvatski hungarian icelandic indonesian italian italiano japanese korean latin"
        " latino latvian lithuanian macedonian magyar malay mandarin nederlands norsk norwegian"
        " persian polish polski portugues portuguese romana romanian russian serbian simplified"
        " slovak slovenian spanish srpski suomi svenska swedish tamil telugu thai traditional"
        " turkce turkish ukrainian vietnamese"
    )
)
"""Languages by their English names, and by their own where people use them."""

_FLAGS = frozenset(
    words(
        "ai ansi cc cleaned commentary corrected default dialog dub dubtitle fixed forced foreign"
        " full hans hant hearingimpaired hi karaoke latam lyrics normal orig original retail sdh"
        " signs songs sub subs subtitle subtitles sync synced translated utf utf8"
    )
)
"""What else is said of subtitles."""

TAGS = _CODES_OF_TWO | _CODES_OF_THREE | _NAMES | _FLAGS
"""Words that may follow a stem and a dot, a dash or a bracket."""

LOOSE_TAGS = TAGS - _CODES_OF_TWO - {"sub", "may", "per", "mar", "mon", "ice"}
"""Words that may follow a stem and a blank: short codes are words of titles too."""
