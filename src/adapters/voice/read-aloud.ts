import { plainEnglish } from './plain-english.ts';

/** A word as it is written, and as a simple English voice must be told it: several words, or none where it has no sound. */
export type ReadAloudWord = { readonly text: string; readonly spoken: string };

/** Abbreviations whose full stop is part of them, and what is said; the voice knows Mr., Mrs., Dr. and St. itself. */
const abbreviations: Readonly<Record<string, string>> = {
  prof: 'professor',
  vs: 'versus',
  etc: 'et cetera',
  'e.g': 'for example',
  'i.e': 'that is',
  approx: 'approximately',
  dept: 'department',
  govt: 'government',
};

/** Units behind a number: of one, and of others. */
const units: Readonly<Record<string, readonly [string, string]>> = {
  mm: ['millimeter', 'millimeters'],
  cm: ['centimeter', 'centimeters'],
  km: ['kilometer', 'kilometers'],
  mg: ['milligram', 'milligrams'],
  kg: ['kilogram', 'kilograms'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  ft: ['foot', 'feet'],
  mph: ['mile an hour', 'miles an hour'],
  'km/h': ['kilometer an hour', 'kilometers an hour'],
  ms: ['millisecond', 'milliseconds'],
  kb: ['kilobyte', 'kilobytes'],
  mb: ['megabyte', 'megabytes'],
  gb: ['gigabyte', 'gigabytes'],
  tb: ['terabyte', 'terabytes'],
  hz: ['hertz', 'hertz'],
  khz: ['kilohertz', 'kilohertz'],
  fps: ['frame a second', 'frames a second'],
  '°c': ['degree Celsius', 'degrees Celsius'],
  '°f': ['degree Fahrenheit', 'degrees Fahrenheit'],
  '°': ['degree', 'degrees'],
};

/** What large sums are shortened with. */
const magnitudes: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  bn: 'billion',
  b: 'billion',
  tn: 'trillion',
};

/** Capitals that are said as a word; all others are said letter by letter. */
const saidAsWords = new Set(
  (
    'NASA NATO UNICEF UNESCO OPEC FIFA UEFA NAFTA AIDS COVID LASER RADAR SONAR SCUBA PIN SIM RAM ROM GIF JPEG SWAT LEGO IKEA FOMO YOLO MEME ' +
    'OK TED NAND CAPTCHA NIMBY SaaS OPEC ASCII BIOS DOS LAN WAN VAT ZIP ASAP'
  ).split(' '),
);

/** From so many capital words on, and more than half of all, somebody shouts: those are words. */
const leastShouted = 3;

/**
 * How a simple English voice is to be told a text: units, abbreviations, ranges, sums and initials in the words that a person would say. A word
 * for each that is written, so that its time can be told.
 */
export function readAloud(text: string): ReadAloudWord[] {
  const written = text.split(/\s+/u).filter((word) => word !== '');
  const capitals = written.filter((word) => /^\P{L}*\p{Lu}{2,}\P{L}*$/u.test(word));
  const isShouted = capitals.length >= leastShouted && capitals.length * 2 > written.length;
  const words: { text: string; spoken: string }[] = [];
  for (const [index, word] of written.entries()) {
    const told = tellWord(word, { before: written[index - 1], after: written[index + 1], isShouted });
    const spoken = plainEnglish(told);
    if (/[a-z0-9]/iu.test(spoken)) {
      words.push({ text: word, spoken });
      continue;
    }
    // A dash between words is a pause after the one before.
    const last = words.findLast((each) => each.spoken !== '');
    const isPause = /^[\s,;:.!?-]+$/u.test(spoken) && last !== undefined && !/[,;:.!?]$/u.test(last.spoken);
    if (isPause) last.spoken += ',';
    words.push({ text: word, spoken: '' });
  }
  return words;
}

type Around = {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly isShouted: boolean;
};

function tellWord(word: string, { before, after, isShouted }: Around): string {
  const [, open = '', core = '', close = ''] =
    /^([^\p{L}\p{N}$€£#°%&@+-]*)(.*?)([^\p{L}\p{N}%°]*)$/u.exec(word) ?? [];
  const said =
    tellAbbreviation(core, close, after) ??
    tellUnit(core, before) ??
    tellMoney(core, { before, after }) ??
    tellNumber(core) ??
    (/^[-–—]$/u.test(word) && isNumber(before) && isNumber(after) ? 'to' : undefined) ??
    (isShouted ? undefined : tellInitials(core));
  if (core === '') return said ?? word;
  if (said === undefined) return open + tellSigns(core) + close;
  // The full stop of an abbreviation is said already, unless it ends the sentence.
  const isEnd = after === undefined || (core === 'etc' && /^\P{L}*\p{Lu}/u.test(after));
  const isDropped = Object.hasOwn(abbreviations, core.toLowerCase()) || core === 'No';
  const end = isDropped && !isEnd && close.startsWith('.') ? close.slice(1) : close;
  return open + said + end;
}

function tellAbbreviation(core: string, close: string, after: string | undefined): string | undefined {
  if (core === 'No' && close.startsWith('.') && isNumber(after)) return 'number';
  const key = core.toLowerCase();
  const isAbbreviated = close.startsWith('.') || key === 'vs';
  return isAbbreviated && Object.hasOwn(abbreviations, key) ? abbreviations[key] : undefined;
}

function tellUnit(core: string, before: string | undefined): string | undefined {
  const [, amount, unit = ''] = /^([+-]?\d[\d.,]*)?(\p{L}+(?:\/h)?|°[CF]?)$/iu.exec(core) ?? [];
  const found = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  const number = amount ?? (isNumber(before) ? before : undefined);
  if (found === undefined || number === undefined) return undefined;
  const said = number === '1' ? found[0] : found[1];
  return amount === undefined ? said : `${amount} ${said}`;
}

/** `$1.5M`, `€3 billion`: the voice knows dollars itself, but only in figures and before a word. */
function tellMoney(core: string, { before, after }: Omit<Around, 'isShouted'>): string | undefined {
  const [, sign = '', amount = '', short = ''] = /^([$€£])(\d[\d.,]*)(k|m|bn?|tn)?$/iu.exec(core) ?? [];
  const large = /^(?:thousand|million|billion|trillion)\b/iu;
  if (sign !== '') {
    const magnitude = magnitudes[short.toLowerCase()];
    if (magnitude === undefined) return sign !== '$' && large.test(after ?? '') ? amount : undefined;
    return sign === '$' ? `$${amount} ${magnitude}` : `${amount} ${magnitude} ${coins[sign]}`;
  }
  const [, paid] = /^\P{L}*([€£])\d[\d.,]*$/u.exec(before ?? '') ?? [];
  return paid !== undefined && large.test(core) ? `${core} ${coins[paid]}` : undefined;
}

const coins: Readonly<Record<string, string>> = { '€': 'euros', '£': 'pounds' };

function tellNumber(core: string): string | undefined {
  const range = /^(\d[\d.,]*)[-–](\d[\d.,]*)(%?)$/u.exec(core);
  if (range !== null) return `${range[1]} to ${range[2]}${range[3]}`;
  const decade = /^((?:1[5-9]|20)?)(\d0)s$/u.exec(core);
  const tens = decade === null ? undefined : decades[decade[2] ?? ''];
  if (decade !== null && tens !== undefined) return decade[1] === '' ? tens : `${decade[1]} ${tens}`;
  const numbered = /^#(\d+)$/u.exec(core);
  if (numbered !== null) return `number ${numbered[1]}`;
  const halves = /^(\d{2,3})\/(\d{2,3})$/u.exec(core);
  return halves === null ? undefined : `${halves[1]} ${halves[2]}`;
}

const decades: Readonly<Record<string, string>> = {
  '10': 'tens',
  '20': 'twenties',
  '30': 'thirties',
  '40': 'forties',
  '50': 'fifties',
  '60': 'sixties',
  '70': 'seventies',
  '80': 'eighties',
  '90': 'nineties',
};

/** `AI` is A I, and `TVs` T V's. */
function tellInitials(core: string): string | undefined {
  const parts = core.split('-').map((part) => {
    const [, letters = '', end = ''] = /^(\p{Lu}{2,5})((?:['’]?s)?)$/u.exec(part) ?? [];
    if (letters === '' || saidAsWords.has(letters)) return part;
    return [...letters].join(' ') + (end === '' ? '' : "'s");
  });
  const said = parts.join('-');
  return said === core ? undefined : said.replaceAll('-', ' ');
}

/** Signs inside words: and/or, example.com. */
function tellSigns(core: string): string {
  return core
    .replace(/(?<=\p{L})\/(?=\p{L})/gu, ' ')
    .replace(/(?<=\p{L}{2})\.(?=(?:com|org|net|io|ai|tv|co|dev|app)$)/giu, ' dot ')
    .replace(/^www\./iu, '');
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^[^\p{L}\p{N}]?\d[\d.,]*%?$/u.test(word);
}
