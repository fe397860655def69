/**
 * What platforms take, as they said in November 2026. A limit that a platform does not publish is left out: what is not
 * known stops nothing.
 */

/** Places where shorts are posted. */
export const platformNames = ['shorts', 'tiktok', 'reels', 'linkedin', 'x'] as const;
/** A place where shorts are posted. */
export type PlatformName = (typeof platformNames)[number];

/** How a platform counts a text. */
export type TextUnit = 'characters' | 'utf16' | 'bytes';

/** A text that a platform takes, and how long it may be. */
export type TextRule = { readonly most: number; readonly unit: TextUnit };

/** Lowest and highest; what is left out is free. */
export type Bounds = { readonly least?: number; readonly most?: number };

/** What one platform takes. */
export type PlatformRules = {
  /** As its owner writes it. */
  readonly title: string;
  /** Width by height of the picture. */
  readonly ratio: Bounds;
  readonly durationMs: Bounds;
  readonly frameRate: Bounds;
  /** Px of each side. */
  readonly side: Bounds;
  readonly sizeBytes: Bounds;
  readonly videoCodecs: readonly string[];
  /** Left out where a post has no title of its own: then title and description are one text. */
  readonly titleText?: TextRule;
  readonly bodyText: TextRule;
  /** All tags together, as the platform counts them; left out where there are none. */
  readonly tags?: { readonly most: number };
  readonly mostHashtags?: number;
  /** Characters that are refused in texts. */
  readonly forbidden?: RegExp;
  /** What its own controls cover, in px of 1080 × 1920; undefined where they lie beside the picture. */
  readonly covered?: {
    readonly top: number;
    readonly bottom: number;
    readonly left: number;
    readonly right: number;
  };
  /** Where that is said. */
  readonly source: string;
};

/** All of them. */
export const platformRules: Readonly<Record<PlatformName, PlatformRules>> = {
  shorts: {
    title: 'YouTube Shorts',
    ratio: { most: 1 },
    durationMs: { least: 1000, most: 180_000 },
    frameRate: { most: 60 },
    side: {},
    sizeBytes: { most: 256e9 },
    videoCodecs: [],
    titleText: { most: 100, unit: 'characters' },
    bodyText: { most: 5000, unit: 'bytes' },
    tags: { most: 500 },
    mostHashtags: 60,
    forbidden: /[<>]/u,
    covered: { top: 120, bottom: 300, left: 0, right: 108 },
    source:
      'https://developers.google.com/youtube/v3/docs/videos, https://support.google.com/youtube/answer/15424877',
  },
  tiktok: {
    title: 'TikTok',
    ratio: {},
    durationMs: { least: 3000, most: 600_000 },
    frameRate: { least: 23, most: 60 },
    side: { least: 360, most: 4096 },
    sizeBytes: { most: 4e9 },
    videoCodecs: ['h264', 'hevc', 'vp8', 'vp9'],
    bodyText: { most: 2200, unit: 'utf16' },
    covered: { top: 130, bottom: 320, left: 60, right: 120 },
    source: 'https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide',
  },
  reels: {
    title: 'Instagram Reels',
    ratio: { least: 0.01, most: 10 },
    durationMs: { least: 3000, most: 900_000 },
    frameRate: { least: 23, most: 60 },
    side: { most: 1920 },
    sizeBytes: { most: 300e6 },
    videoCodecs: ['h264', 'hevc'],
    bodyText: { most: 2200, unit: 'characters' },
    mostHashtags: 30,
    covered: { top: 108, bottom: 310, left: 0, right: 120 },
    source:
      'https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media',
  },
  linkedin: {
    title: 'LinkedIn',
    ratio: { least: 1 / 2.4, most: 2.4 },
    durationMs: { least: 3000, most: 1_800_000 },
    frameRate: { most: 60 },
    side: { least: 256, most: 4096 },
    sizeBytes: { least: 75e3, most: 500e6 },
    videoCodecs: ['h264'],
    bodyText: { most: 3000, unit: 'characters' },
    source: 'https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api',
  },
  x: {
    title: 'X',
    ratio: { least: 1 / 3, most: 3 },
    durationMs: { least: 500, most: 140_000 },
    frameRate: { most: 60 },
    side: { least: 32, most: 1920 },
    sizeBytes: { most: 512e6 },
    videoCodecs: ['h264'],
    bodyText: { most: 280, unit: 'characters' },
    source: 'https://docs.x.com/x-api/media/quickstart/best-practices',
  },
};

/** How long a text is, as a platform counts it. */
export function textLength(text: string, unit: TextUnit): number {
  if (unit === 'utf16') return text.length;
  return unit === 'bytes' ? Buffer.byteLength(text) : [...text].length;
}

/** As YouTube counts tags: with a comma between them, and two quotes about each that has a space. https://developers.google.com/youtube/v3/docs/videos#snippet.tags[] */
export function tagsLength(tags: readonly string[]): number {
  const own = tags.reduce((sum, tag) => sum + [...tag].length + (tag.includes(' ') ? 2 : 0), 0);
  return own + Math.max(0, tags.length - 1);
}

/** The texts of a post. */
export type PostTexts = {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
};

/** One text of title, description and hashtags, as it is posted where there is no title of its own. */
export function bodyOf({ title, description, tags }: PostTexts, platform: PlatformName): string {
  if (platformRules[platform].titleText !== undefined) return description;
  const hashtags = tags
    .map((tag) => `#${tag.replaceAll(/[^\p{L}\p{N}_]/gu, '')}`)
    .filter((tag) => tag.length > 1);
  return [title, description, hashtags.join(' ')].filter((part) => part !== '').join('\n\n');
}

/** A text as long as a platform takes it, cut after a sentence or a word, with `…`. */
export function fitText(text: string, { most, unit }: TextRule): string {
  if (textLength(text, unit) <= most) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'word' }).segment(text)) {
    if (textLength(`${kept}${segment}…`, unit) > most) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** What one platform is given: the texts of a post in the lengths that it takes. Title and tags only where it has them. */
export type FittedTexts = {
  readonly title?: string;
  readonly body: string;
  readonly tags?: readonly string[];
};

/** The texts of a post as one platform takes them. */
export function fitTexts(post: PostTexts, platform: PlatformName): FittedTexts {
  const rules = platformRules[platform];
  const body = fitText(bodyOf(post, platform), rules.bodyText);
  if (rules.titleText === undefined) return { body };
  const title = fitText(post.title, rules.titleText);
  const most = rules.tags?.most ?? Infinity;
  const tags: string[] = [];
  for (const tag of post.tags) if (tagsLength([...tags, tag]) <= most) tags.push(tag);
  return { title, body, tags };
}
