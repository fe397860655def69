import type { GateFinding } from '../../domain/gate.ts';
import {
  bodyOf,
  fitText,
  platformRules,
  tagsLength,
  textLength,
  type PlatformName,
  type PostTexts,
} from '../../domain/platforms.ts';
import type { Post } from '../../domain/post.ts';

/** Texts that a platform would refuse, as it takes them. Pure. */

/** What a post of ours takes whatever platforms do: see the schema of posts. */
const own = { title: 100, description: 5000, tags: 15, tag: 60 };

const hidden = /[^\P{Cc}\n\t\r]|[\u202A-\u202E\u2066-\u2069]/gu;

/** Signs that stand in for those that are refused: what was written stays readable. */
const standIns: Readonly<Record<string, string>> = { '<': '‹', '>': '›' };

/** A post that was mended, and what was done to it, for a person. */
export type MendedPost = { readonly post: Post; readonly done: readonly string[] };

/** Mends what findings say of a post, for the platforms that they were found for. */
export function mendPost(
  post: Post,
  findings: readonly GateFinding[],
  platforms: readonly PlatformName[],
): MendedPost {
  const wanted = new Set(findings.flatMap(({ fix }) => fix ?? []));
  const done: string[] = [];
  let { title, description } = post;
  let tags: readonly string[] = post.tags;
  const cleaned = (text: string) => cleanText(text, platforms);
  if (['title', 'description', 'tags'].some((part) => wanted.has(part as 'title'))) {
    const clean = { title: cleaned(title), description: cleaned(description), tags: tags.map(cleaned) };
    if (clean.title !== title) done.push('Signs that are refused were taken out of the title.');
    if (clean.description !== description)
      done.push('Signs that are refused were taken out of the description.');
    ({ title, description, tags } = clean);
  }
  if (wanted.has('tags')) {
    const fitting = fitTags(tags, platforms);
    if (fitting.length < tags.length) done.push(`${tags.length - fitting.length} tags were left out.`);
    tags = fitting;
  }
  if (wanted.has('title')) {
    const fitting = fitTitle(title, platforms);
    if (fitting !== title) done.push(`The title was cut after a word: "${fitting}".`);
    title = fitting;
  }
  if (wanted.has('description')) {
    const few = fitHashtags({ title, description: '', tags }, platforms);
    if (few.length < tags.length)
      done.push(`${tags.length - few.length} tags were left out, which are written into the text.`);
    tags = few;
    const credited = addCredits(description, post, findings);
    if (credited !== description) done.push('Credits were added to the description.');
    const fitting = fitDescription({ title, description: credited, tags }, platforms);
    if (fitting !== credited)
      done.push(`The description was shortened to ${[...fitting].length} characters${shortest(platforms)}.`);
    description = fitting;
  }
  const isMarked = wanted.has('synthetic-mark');
  if (isMarked) done.push('It was marked as synthetic media.');
  return {
    post: {
      ...post,
      title,
      description,
      tags: [...tags],
      ...(isMarked ? { containsSyntheticMedia: true } : {}),
    },
    done,
  };
}

function cleanText(text: string, platforms: readonly PlatformName[]): string {
  let clean = text.replaceAll(hidden, '');
  for (const platform of platforms) {
    const { forbidden } = platformRules[platform];
    if (forbidden !== undefined)
      clean = clean.replaceAll(new RegExp(forbidden, 'gu'), (sign) => standIns[sign] ?? '');
  }
  return clean;
}

function fitTags(tags: readonly string[], platforms: readonly PlatformName[]): string[] {
  const most = Math.min(...platforms.map((platform) => platformRules[platform].tags?.most ?? Infinity));
  const kept: string[] = [];
  for (const tag of tags) {
    const isRight = tag.trim() !== '' && tag.length <= own.tag && kept.length < own.tags;
    if (isRight && tagsLength([...kept, tag]) <= most) kept.push(tag);
  }
  return kept;
}

/** Where tags are written into the text, title and tags alone may be too long: the last ones are left out. */
function fitHashtags(texts: PostTexts, platforms: readonly PlatformName[]): readonly string[] {
  const isTooLong = (tags: readonly string[]) =>
    platforms.some((platform) => {
      const { most, unit } = platformRules[platform].bodyText;
      return textLength(bodyOf({ ...texts, tags }, platform), unit) > most;
    });
  let { tags } = texts;
  while (tags.length > 0 && isTooLong(tags)) tags = tags.slice(0, -1);
  return tags;
}

function fitTitle(title: string, platforms: readonly PlatformName[]): string {
  let fitting = fitText(title, { most: own.title, unit: 'utf16' });
  for (const platform of platforms) {
    const { titleText } = platformRules[platform];
    if (titleText !== undefined) fitting = fitText(fitting, titleText);
  }
  return fitting;
}

/** The description so short, and with so few hashtags, that every platform takes the whole text. */
function fitDescription(texts: PostTexts, platforms: readonly PlatformName[]): string {
  let description = fitText(texts.description, { most: own.description, unit: 'utf16' });
  for (const platform of platforms) {
    const { bodyText, mostHashtags = Infinity } = platformRules[platform];
    const around = textLength(bodyOf({ ...texts, description: '' }, platform), bodyText.unit);
    const between = platformRules[platform].titleText === undefined && around > 0 ? 2 : 0;
    const most = Math.max(0, bodyText.most - around - between);
    description = most === 0 ? '' : fitText(description, { most, unit: bodyText.unit });
    const others = countHashtags(bodyOf({ ...texts, description: '' }, platform));
    let left = Math.max(0, mostHashtags - others);
    description = description.replaceAll(hashtag, (tag) => {
      left -= 1;
      return left >= 0 ? tag : tag.slice(1);
    });
  }
  return description;
}

const hashtag = /(?<![\p{L}\p{N}_])#[\p{L}\p{N}_]+/gu;

const countHashtags = (text: string) => text.match(hashtag)?.length ?? 0;

/** Names the videos that a film is made of and that its description leaves out, and whoever made what asks for a name. */
function addCredits(
  description: string,
  { sources = [], made = [] }: Post,
  findings: readonly GateFinding[],
): string {
  if (!findings.some(({ rule }) => rule === 'credit')) return description;
  const text = description.toLowerCase();
  const isNamed = (part: string | undefined) => part !== undefined && text.includes(part.toLowerCase());
  const ofSources =
    sources.length < 2
      ? []
      : sources
          .filter(({ title, address }) => !isNamed(title) && !isNamed(address))
          .map(({ title, address }) =>
            address === undefined ? `From "${title}"` : `From "${title}": ${address}`,
          );
  const ofMakers = made
    .filter(({ licence, madeBy }) => /^cc[- ]by/iu.test(licence) && !isNamed(madeBy))
    .map(({ kind, licence, madeBy }) => `${kind[0]?.toUpperCase()}${kind.slice(1)}: ${madeBy} (${licence})`);
  const lines = [...new Set([...ofSources, ...ofMakers])];
  return [description, lines.join('\n')].filter((part) => part !== '').join('\n\n');
}

function shortest(platforms: readonly PlatformName[]): string {
  const [least] = platforms.toSorted(
    (one, other) => platformRules[one].bodyText.most - platformRules[other].bodyText.most,
  );
  return least === undefined ? '' : `, as ${platformRules[least].title} takes them`;
}
