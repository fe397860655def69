/**
 * The fonts that captions and titles can be set in: small ones, which npm packages carry, and large ones, which are
 * fetched when a script first needs them. Which and why: docs/decisions/0010-caption-fonts.md.
 */

/** A font that an installation has: what a style calls it and where it lies in its npm package. */
type CarriedFont = { readonly name: string; readonly packageFile: string };

/** How fonts look beside each other, where their own tables do not say so. */
type Tuning = {
  /** How heavy it looks, 100 to 900. */
  readonly heaviness?: number;
  /** Height over the em of what stands for a capital: words of another script are set as tall as that. */
  readonly heightEm?: number;
};

/** By the beginnings of names; measured on the letters that most words are made of, then judged by eye in one line with Latin capitals. */
const tunings: readonly (Tuning & { readonly prefix: string })[] = [
  { prefix: 'anton', heaviness: 800 },
  { prefix: 'courier-prime', heightEm: 0.68 },
  { prefix: 'noto-sans-arabic', heightEm: 0.62 },
  { prefix: 'noto-sans-hebrew', heightEm: 0.64 },
  { prefix: 'noto-sans-devanagari', heightEm: 0.7 },
  { prefix: 'noto-sans-jp', heightEm: 0.84 },
  { prefix: 'noto-sans-kr', heightEm: 0.84 },
  { prefix: 'noto-sans-sc', heightEm: 0.84 },
];

/** How a font is to be treated beside others. */
export function tuningOf(name: string): Tuning {
  return tunings.find(({ prefix }) => name.startsWith(prefix)) ?? {};
}

/** Every carried font, in the order in which they are asked for a letter that another lacks. */
export const carriedFonts: readonly CarriedFont[] = [
  { name: 'anton', packageFile: '@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf' },
  {
    name: 'montserrat-extra-bold',
    packageFile: '@expo-google-fonts/montserrat/800ExtraBold/Montserrat_800ExtraBold.ttf',
  },
  {
    name: 'manrope-extra-bold',
    packageFile: '@expo-google-fonts/manrope/800ExtraBold/Manrope_800ExtraBold.ttf',
  },
  {
    name: 'manrope-semi-bold',
    packageFile: '@expo-google-fonts/manrope/600SemiBold/Manrope_600SemiBold.ttf',
  },
  {
    name: 'courier-prime-bold',
    packageFile: '@expo-google-fonts/courier-prime/700Bold/CourierPrime_700Bold.ttf',
  },
  {
    name: 'noto-sans-arabic-extra-bold',
    packageFile: '@expo-google-fonts/noto-sans-arabic/800ExtraBold/NotoSansArabic_800ExtraBold.ttf',
  },
  {
    name: 'noto-sans-arabic-semi-bold',
    packageFile: '@expo-google-fonts/noto-sans-arabic/600SemiBold/NotoSansArabic_600SemiBold.ttf',
  },
  {
    name: 'noto-sans-hebrew-extra-bold',
    packageFile: '@expo-google-fonts/noto-sans-hebrew/800ExtraBold/NotoSansHebrew_800ExtraBold.ttf',
  },
  {
    name: 'noto-sans-hebrew-semi-bold',
    packageFile: '@expo-google-fonts/noto-sans-hebrew/600SemiBold/NotoSansHebrew_600SemiBold.ttf',
  },
  {
    name: 'noto-sans-devanagari-extra-bold',
    packageFile: '@expo-google-fonts/noto-sans-devanagari/800ExtraBold/NotoSansDevanagari_800ExtraBold.ttf',
  },
  {
    name: 'noto-sans-devanagari-semi-bold',
    packageFile: '@expo-google-fonts/noto-sans-devanagari/600SemiBold/NotoSansDevanagari_600SemiBold.ttf',
  },
];

/** A font that is fetched from the npm registry when it is first needed: one file of one package, pinned. */
export type FetchedFont = {
  /** What a style calls it, and its id in a timeline's `fonts`. */
  readonly name: string;
  /** For a person: what it is needed for. */
  readonly script: string;
  readonly package: string;
  readonly version: string;
  /** Path inside the package. */
  readonly file: string;
  /** SHA-512 of the package's archive, as the registry's `integrity` has it. */
  readonly integrity: string;
  /** `sha256:` and 64 hex digits: of the file itself. */
  readonly contentHash: string;
  /** Size of the archive in bytes. */
  readonly archiveBytes: number;
};

/** Every font that is fetched when needed. Bold: heavier ones fill the small counters of dense characters. */
export const fetchedFonts: readonly FetchedFont[] = [
  {
    name: 'noto-sans-jp-bold',
    script: 'Japanese',
    package: '@expo-google-fonts/noto-sans-jp',
    version: '0.4.3',
    file: '700Bold/NotoSansJP_700Bold.ttf',
    integrity:
      'sha512-Fl+Z6vtD24HFAYsvzB0S9Nery1ly16B9PesdY0wBd+wEHAvkNglnkTUspU0HqGOubkmoa8zusJrKv6vDx1o70A==',
    contentHash: 'sha256:c5b7b9d6a6eb682b0d4e6bbb38509575fd2759a28f147daa74714d1359a7909e',
    archiveBytes: 28_996_407,
  },
  {
    name: 'noto-sans-kr-bold',
    script: 'Korean',
    package: '@expo-google-fonts/noto-sans-kr',
    version: '0.4.3',
    file: '700Bold/NotoSansKR_700Bold.ttf',
    integrity:
      'sha512-EVS/uJPcf1TgJtjmQmrFr0oGdcl7ml09CSu0E/AyGzR0UfzdR2pBbzWWPsnuzZiGUl643ODYwYiXK5+B+fLjhQ==',
    contentHash: 'sha256:4ffa20c272ae6d689f7c8d34ff9c8039a326e9c334d9fc8852b2a7396227d077',
    archiveBytes: 27_602_552,
  },
  {
    name: 'noto-sans-sc-bold',
    script: 'Chinese',
    package: '@expo-google-fonts/noto-sans-sc',
    version: '0.4.3',
    file: '700Bold/NotoSansSC_700Bold.ttf',
    integrity:
      'sha512-9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==',
    contentHash: 'sha256:9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96',
    archiveBytes: 56_954_252,
  },
];
