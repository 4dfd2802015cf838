# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.speech import number_words
from facetalk_ros.speech.normalise import TextFeeder, normalise
from facetalk_ros.speech.text_data import text_data
from facetalk_ros.speech.tokens import Pause, PauseMark, Word


def spoken(text: str) -> str:
    """Words as they are said; the names of letters in capitals."""
    return ' '.join(w.text.upper() if w.spelled else w.text for w in normalise(text).words)


@pytest.mark.parametrize(
    ('written', 'said'),
    [
        # cardinals, ordinals, decimals
        ('0 7 13 21 100 101', 'zero seven thirteen twenty one one hundred one hundred one'),
        ('1,234,567', 'one million two hundred thirty four thousand five hundred sixty seven'),
        ('-3 +4 ±2 ~5', 'minus three plus four plus or minus two about five'),
        ('3.14 .5 0.05', 'three point one four point five zero point zero five'),
        ('1st 2nd 3rd 12th 21st', 'first second third twelfth twenty first'),
        ('007 0123456', 'zero zero seven zero one two three four five six'),
        # years, dates, times
        ('1984 2026 2005', 'nineteen eighty four twenty twenty six two thousand five'),
        ('1900 1906 2000', 'nineteen hundred nineteen oh six two thousand'),
        ("the 1990s, the '90s, 80s", 'the nineteen nineties the nineties eighties'),
        ('2026-11-20', 'november twentieth twenty twenty six'),
        ('11/20/2026', 'november twentieth twenty twenty six'),
        ('20/11/2026', 'november twentieth twenty twenty six'),
        ('20.11.2026', 'november twentieth twenty twenty six'),
        ('Nov 3rd, Nov. 3, 3 May', 'november third november third third may'),
        ('3:30 pm', 'three thirty P M'),
        ('3:30pm 3pm 3 p.m.', 'three thirty P M three P M three P M'),
        ('3:00 15:00 9:05', "three o'clock fifteen hundred nine oh five"),
        ('10:30:15', 'ten thirty and fifteen seconds'),
        # money, units, percent
        ('$3.50', 'three dollars and fifty cents'),
        ('$1 £1.01 €5 50€', 'one dollar one pound and one penny five euros fifty euros'),
        ('$0.99 -$5', 'ninety nine cents minus five dollars'),
        ('$3 million, £2.5bn', 'three million dollars two point five billion pounds'),
        ('$1,234.56', 'one thousand two hundred thirty four dollars and fifty six cents'),
        ('5 km, 1 km, 3kg', 'five kilometers one kilometer three kilograms'),
        ('20 °C 20°C 20 ° C', ' '.join(['twenty degrees celsius'] * 3)),
        ('50% 5 % 60fps 30 km/h', 'fifty percent five percent sixty frames per second '
         'thirty kilometers per hour'),
        ('5 in the morning', 'five in the morning'),
        # fractions, ranges, phones, versions
        ('1/2 3/4 2/3', 'one half three quarters two thirds'),
        ('3 1/2, 5½ cups', 'three and a half five and a half cups'),
        ('5-10 5–10 km', 'five to ten five to ten kilometers'),
        ('2019-2024', 'twenty nineteen to twenty twenty four'),
        ('$20-$30 10am-5pm', 'twenty dollars to thirty dollars ten A M to five P M'),
        ('555-1234', 'five five five one two three four'),
        ('a 747s F-16 16:9', 'a seven hundred forty sevens F sixteen sixteen to nine'),
        ('v2.1.0 5*3 0.5 m/s.', 'V two point one point zero five times three zero point five '
         'meters per second'),
        ('(555) 123-4567', 'five five five one two three four five six seven'),
        ('+1-800-555-0199', 'plus one eight zero zero five five five zero one nine nine'),
        ('1.2.3', 'one point two point three'),
        ('10.0.0.1', 'ten dot zero dot zero dot one'),
        ('3x4', 'three by four'),
        # abbreviations
        ('Dr. Lee and Mr. Fox', 'doctor lee and mister fox'),
        ('St. James lives on Main St.', 'saint james lives on main street'),
        ('e.g. this, i.e. that, etc.', 'for example this that is that et cetera'),
        ('the U.S. at 5 a.m.', 'the U S at five A M'),
        ('No. 5 is no. I said no.', 'number five is no i said no'),
        # Roman numerals
        ('Chapter IV of Henry VIII', 'chapter four of henry the eighth'),
        ('World War II', 'world war two'),
        ('I mix a CD', 'i mix a C D'),
        # acronyms and names
        ('ROS 2, ROS2 and RViz', 'ross two ross two and R viz'),
        ("NASA's GPUs and the GPU's", "nasa's G P U'S and the G P U'S"),
        ('html mp3 R2D2 4K', 'html M P three R two D two four K'),
        ('SIXTY ONE IT IS', 'sixty one it is'),
        ('I work in IT', 'i work in I T'),
        ('vitamin C and plan A', 'vitamin C and plan A'),
        ('a cat and I', 'a cat and i'),
        ('X A B', 'X A B'),
        ('camelCase getName McDonald', 'camel case get name mcdonald'),
        ('snake_case talk.launch.py', 'snake case talk dot launch dot py'),
        ('https://www.example.com/a', 'example dot com slash A'),
        ('me@foo.org', 'me at foo dot org'),
        ('BA24 iPhone15 A-level', 'B A twenty four I phone fifteen A level'),
        ('AT&T, fish & chips', 'A T and T fish and chips'),
        ('C++ #1 2 + 2 = 4', 'C plus plus number one two plus two equals four'),
        ('well-known 10-year-old', 'well known ten year old'),
        ('21st-century COVID-19', 'twenty first century covid nineteen'),
        ("don't don’t don＇t rock'n'roll", "don't don't don't rock'n'roll"),
        ("'cause 'em rockin' 'quoted'", "'cause 'em rockin' quoted"),
        # folding
        ('café naïve Łódź straße Ｗｉｄｅ 𝐁𝐨𝐥𝐝', 'cafe naive lodz strasse wide bold'),
        ('e\u0301te\u0301 co\u00adop zero\u200bwidth', 'ete coop zerowidth'),
        ('5㎞ 20℃ №5 ½ ﬁsh', 'five kilometers twenty degrees celsius number five one half fish'),
        ('one\u00a0two\u2003three\u3000four', 'one two three four'),
        ('bad\x00control\x07chars \ud800x', 'bad control chars X'),
    ],
)  # fmt: skip
def test_readings(written, said):
    assert spoken(written) == said


@pytest.mark.parametrize(
    ('written', 'said'),
    [
        ('<speak>Hello <emphasis level="strong">wor</emphasis>ld</speak>', 'hello world'),
        ('one<br/>two', 'one two'),
        ('fish &amp; chips &lt; 3 &#233;t&eacute; &notanentity;', 'fish and chips less than three '
         'ete and notanentity'),
        ('**bold** _it_ `code` # not', 'bold it code hash not'),
        ('# Title\n- item\n> quote', 'title item quote'),
        ('see [the page](http://x.org/y) now', 'see the page now'),
        ('```python\nrun\n```', 'run'),
        ('*smiles* hello *really* nice', 'hello really nice'),
        ('[laughs loudly] yes (sighs) [no]', 'yes no'),
        ('hi 😀there 👨‍👩‍👧 🇩🇪 👍🏽 ❤️ :smile_cat: :-) <3 bye', 'hi there bye'),
        ('a < b and 3 < 4', 'a less than B and three less than four'),
        ('x <unclosed tag', 'X unclosed tag'),
    ],
)  # fmt: skip
def test_markup_and_emoji_are_not_spoken(written, said):
    assert spoken(written) == said


def test_stage_directions_are_reported():
    assert normalise('*nods* ok').warnings == ('stage direction not spoken: 0-6',)


def test_pauses():
    text = 'Well... yes, I do—why? (No.)\nLine\n\nEnd! <break time="1s"/>now; or: then'
    kinds = [t.kind.name for t in normalise(text).tokens if isinstance(t, PauseMark)]
    assert kinds == [
        'ELLIPSIS', 'COMMA', 'DASH', 'QUESTION', 'COMMA', 'PERIOD', 'COMMA', 'LINE', 'PARAGRAPH',
        'PERIOD', 'BREAK', 'COMMA', 'COMMA',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('text', 'ends'),
    [
        ('Dr. Lee came', False),
        ('He came at 3 p.m. Then he left', True),
        ('He came at 3 p.m. then left', False),
        ('apples, pears, etc.', True),
        ('the U.S. is', False),
    ],
)
def test_the_full_stop_of_an_abbreviation_ends_a_sentence_only_where_one_ends(text, ends):
    kinds = [t.kind for t in normalise(text).tokens if isinstance(t, PauseMark)]
    assert (Pause.PERIOD in kinds) == ends


def test_spans_point_at_the_source():
    text = 'In 1984 “Zoë”  paid $3 million.'
    sources = [(w.text, text[w.start : w.end]) for w in normalise(text).words]
    assert sources == [
        ('in', 'In'), ('nineteen', '1984'), ('eighty', '1984'), ('four', '1984'), ('zoe', 'Zoë'),
        ('paid', 'paid'), ('three', '$3 million'), ('million', '$3 million'),
        ('dollars', '$3 million'),
    ]  # fmt: skip


def test_spelled_letters_have_their_own_spans():
    text = 'my GPUs'
    assert [text[w.start : w.end] for w in normalise(text).words] == ['my', 'G', 'P', 'U']


@pytest.mark.parametrize(
    'text', ['', ' \n', '...', '😀', '\u200b', 'Привет мир', '你好', 'مرحبا', '<b></b>', '\x00']
)
def test_text_without_words_is_unpronounceable(text):
    result = normalise(text)
    assert result.words == ()
    assert result.unpronounceable == 1.0


def test_other_scripts_are_reported():
    result = normalise('hello мир and 你好')
    assert spoken('hello мир and 你好') == 'hello and'
    assert len(result.warnings) == 2
    assert '6-9' in result.warnings[0]
    assert result.unpronounceable == pytest.approx(5 / 13)


def test_other_languages_have_no_words():
    result = normalise('Guten Tag', 'de-DE')
    assert result.words == ()
    assert 'de-DE' in result.warnings[0]
    assert result.unpronounceable == 1.0
    for english in ('', 'en', 'en-US', 'en_GB', 'EN'):
        assert len(normalise('good day', english).words) == 2


def check(text, tokens):
    last = (0, 0)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        span = (token.start, token.end)
        assert span == last or token.start >= last[1]
        assert token.start >= last[0]
        last = span
        if isinstance(token, Word):
            assert re.fullmatch("[a-z']*[a-z][a-z']*", token.text)
            if token.spelled:
                assert re.fullmatch("[a-z]('s)?", token.text)


# characters that meet the rules more often than chance
BUSY = st.text(
    alphabet=st.one_of(
        st.sampled_from(list('aAbsStU.,:;-–—\'"()[]<>/&*_`#@+=%$£€°²½0123456789 \n\t😀é\u0301ж')),
        st.characters(),
    ),
    max_size=60,
)
PHRASES = st.lists(
    st.sampled_from([
        'Dr.', 'St.', 'No.', '5', '$3', 'million', 'km', '°', 'C', '°C', 'pm', 'p.m.', '3:30',
        'Nov', '3rd', 'US', 'IT', 'A', 'b', '<br/>', '<b', '&amp;', '&am', '*smiles*', '*so',
        '[laughs]', '[a](b)', ':smile:', ':-)', '```py', '\n', '\n\n', 'Henry', 'VIII', '(555)',
        '123-4567', '1/2', 'etc.', 'ok', "'90s", 'foo.Bar', 'a—b', '...', '1990s', 'e.g.', '!?',
    ]),
    max_size=12,
)  # fmt: skip


@given(BUSY)
def test_any_text_gives_words_with_ordered_spans(text):
    result = normalise(text)
    check(text, result.tokens)
    assert 0 <= result.unpronounceable <= 1


@given(st.one_of(BUSY, PHRASES.map(' '.join), PHRASES.map(''.join)), st.data())
def test_tokens_do_not_depend_on_how_the_text_is_cut(text, data):
    whole = normalise(text)
    feeder = TextFeeder()
    tokens = []
    position = 0
    while position < len(text):
        size = data.draw(st.integers(1, 9))
        tokens += feeder.push(text[position : position + size])
        position += size
    tokens += feeder.flush()
    check(text, tokens)
    assert tuple(tokens) == whole.tokens
    assert tuple(feeder.warnings) == whole.warnings


def test_a_stream_gives_out_words_as_soon_as_they_are_complete():
    feeder = TextFeeder()
    assert [t.text for t in feeder.push('Hello the')] == ['hello']
    assert feeder.push('re, 5 k') == [Word('there', 6, 11), PauseMark(Pause.COMMA, 11, 12)]
    assert [t.text for t in feeder.push('m more words ')][:2] == ['five', 'kilometers']
    assert feeder.flush() == []


@pytest.mark.parametrize(
    'unit',
    [
        '<', '<a', '<a ', '(', '[', '](', '`', '&', '&am', ':a', '*a', '*smiles ', '7', '7 ',
        '1,', '1.', '1-', '1a-', '10am-', '1:', '$1.5 ', 'a', 'A', 'aA', "a'", 'a.', 'a@a.',
        'http://', '-', '.', '\n', '😀', 'ж ', 'e\u0301\u0301\u0301', 'XQ ',
    ],
)  # fmt: skip
def test_long_repetitive_text_is_read_whatever_it_repeats(unit):
    # a regular expression that backtracks would not come back from these
    text = unit * (20_000 // len(unit))
    result = normalise(text)
    check(text, result.tokens[:2000])
    assert len(result.warnings) <= 50


def test_number_words_agree_with_inflect():
    inflect = pytest.importorskip('inflect').engine()
    for value in [*range(130), *(7919 * 31**k % 10**12 for k in range(60)), 10**6, 1001, 90_000]:
        expected = inflect.number_to_words(value, andword='').replace(',', '').replace('-', ' ')
        assert ' '.join(number_words.cardinal(value)) == expected
        ordinal = inflect.ordinal(inflect.number_to_words(value, andword=''))
        assert ' '.join(number_words.ordinal(value)) == ordinal.replace(',', '').replace('-', ' ')


def test_numbers_without_a_name_are_refused():
    with pytest.raises(ValueError, match='1' + '0' * 15):
        number_words.cardinal(10**15)


def test_every_reading_in_the_tables_is_speakable():
    data = text_data()
    phrases = [
        *data.abbreviations.values(), *data.before_number.values(), *data.exceptions.values(),
        *data.symbols.values(), *(f for forms in data.units.values() for f in forms),
        *(f for forms in data.currencies.values() for f in forms), *data.magnitudes.values(),
    ]  # fmt: skip
    for phrase in phrases:
        assert re.fullmatch("[a-z' {}]+", phrase), phrase
        for letters in re.findall(r'\{(.*?)\}', phrase):
            assert re.fullmatch("[a-z]('s)?( [a-z]('s)?)*", letters), phrase
