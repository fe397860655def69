import type { GateFinding } from '../../domain/gate.ts';
import {
  bodyOf,
  platformRules,
  tagsLength,
  textLength,
  type PlatformName,
  type PostTexts,
  type TextRule,
} from '../../domain/platforms.ts';

/** Titles, descriptions and tags against what platforms and the user allow. Pure. */

/** What a platform would refuse or cut off. */
export function judgeTexts(texts: PostTexts, platform: PlatformName): GateFinding[] {
  const rules = platformRules[platform];
  const findings: GateFinding[] = [];
  const stop = (rule: string, text: string, mend: string, fix?: GateFinding['fix']) =>
    findings.push({
      rule,
      severity: 'stops',
      text: `${rules.title}: ${text}`,
      mend,
      platform,
      ...(fix === undefined ? {} : { fix }),
    });
  const tooLong = (text: string, rule: TextRule) => textLength(text, rule.unit) - rule.most;
  const name = { characters: 'characters', utf16: 'UTF-16 units', bytes: 'bytes' } as const;
  if (texts.title.trim() === '')
    stop('title_missing', 'there is no title.', 'Write one in the .post.json beside the film.', 'title');
  if (rules.titleText !== undefined && tooLong(texts.title, rules.titleText) > 0) {
    const { most, unit } = rules.titleText;
    stop(
      'title_length',
      `the title has ${textLength(texts.title, unit)} ${name[unit]}; ${most} are taken.`,
      'Shorten it.',
      'title',
    );
  }
  const body = bodyOf(texts, platform);
  if (tooLong(body, rules.bodyText) > 0) {
    const { most, unit } = rules.bodyText;
    stop(
      'description_length',
      `the text has ${textLength(body, unit)} ${name[unit]}; ${most} are taken.`,
      'Shorten the description.',
      'description',
    );
  }
  if (rules.tags !== undefined && tagsLength(texts.tags) > rules.tags.most) {
    stop(
      'tags_length',
      `the tags take ${tagsLength(texts.tags)} characters; ${rules.tags.most} are taken.`,
      'Leave some out.',
      'tags',
    );
  }
  const hashtags = (body.match(/(?<![\p{L}\p{N}_])#[\p{L}\p{N}_]+/gu) ?? []).length;
  if (rules.mostHashtags !== undefined && hashtags > rules.mostHashtags) {
    stop(
      'hashtags',
      `there are ${hashtags} hashtags; with more than ${rules.mostHashtags} ${platform === 'shorts' ? 'all are ignored' : 'the post is refused'}.`,
      'Leave some out.',
      'description',
    );
  }
  const { forbidden } = rules;
  if (forbidden !== undefined) {
    for (const [part, text] of Object.entries({
      title: texts.title,
      description: texts.description,
      tags: texts.tags.join(' '),
    })) {
      const found = forbidden.exec(text)?.[0];
      if (found !== undefined) {
        stop(
          'forbidden_characters',
          `"${found}" in the ${part} is refused.`,
          'Take it out.',
          part as 'title' | 'description' | 'tags',
        );
      }
    }
  }
  return findings;
}

/** What is wrong with texts wherever they are posted. `bannedWords`: the user's own list, as they wrote it. */
export function judgeWording(
  texts: PostTexts,
  spoken: string,
  bannedWords: readonly string[],
): GateFinding[] {
  const findings: GateFinding[] = [];
  const all = [texts.title, texts.description, ...texts.tags].join('\n');
  // Marks that turn the direction of what follows, and controls: nobody means them, and they hide what is written.
  if (/[^\P{Cc}\n\t\r]|[\u202A-\u202E\u2066-\u2069]/u.test(all)) {
    findings.push({
      rule: 'hidden_characters',
      severity: 'stops',
      text: 'There are control characters or marks of direction in the texts, which nobody sees.',
      mend: 'Write the texts anew.',
      fix: 'description',
    });
  }
  if (/\{\{|\}\}|<%|\bTODO\b|\blorem ipsum\b|\bundefined\b/iu.test(all)) {
    findings.push({
      rule: 'placeholder',
      severity: 'stops',
      text: 'There is a placeholder in the texts that nobody filled in.',
      mend: 'Fill it in.',
    });
  }
  for (const [where, text] of [
    ['texts', all],
    ['film', spoken],
  ] as const) {
    const found = findBanned(text, bannedWords);
    if (found.length === 0) continue;
    findings.push({
      rule: where === 'film' ? 'banned_word_spoken' : 'banned_word',
      severity: where === 'film' ? 'warns' : 'stops',
      text: `Of your list of words, ${found.map((word) => `"${word}"`).join(', ')} ${found.length === 1 ? 'is' : 'are'} in the ${where}.`,
      mend:
        where === 'film'
          ? 'Cut it out (pivot trim), or leave it: a platform may show it to fewer people.'
          : 'Write it otherwise.',
    });
  }
  return findings;
}

/** Words of a list that stand in a text as words of their own, in any case; a `*` at the end stands for any ending. */
export function findBanned(text: string, bannedWords: readonly string[]): string[] {
  const words = new Set(
    text
      .toLowerCase()
      .normalize('NFKC')
      .match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? [],
  );
  const isIn = (wanted: string) => {
    const plain = wanted.toLowerCase().normalize('NFKC');
    if (plain.endsWith('*')) return words.values().some((word) => word.startsWith(plain.slice(0, -1)));
    return plain.includes(' ')
      ? ` ${text
          .toLowerCase()
          .normalize('NFKC')
          .replaceAll(/[^\p{L}\p{M}\p{N}'’]+/gu, ' ')} `.includes(` ${plain} `)
      : words.has(plain);
  };
  return bannedWords.filter((word) => word.trim() !== '' && isIn(word.trim()));
}
