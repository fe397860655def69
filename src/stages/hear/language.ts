import { PatternPivotError } from '../../domain/errors.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Transcriber } from '../../ports/transcriber.ts';

/** What containers write when they know no language: undetermined, several, none, uncoded. */
const noLanguage = new Set(['und', 'mul', 'zxx', 'mis', '']);

/** The primary subtag of a BCP 47 tag or an ISO 639 code (`en-GB`, `eng`, `ger`), or undefined when it is none. */
export function primaryLanguage(tag: string | undefined): string | undefined {
  const trimmed = tag?.trim().replaceAll('_', '-').toLowerCase() ?? '';
  if (noLanguage.has(trimmed)) return undefined;
  try {
    return new Intl.Locale(trimmed).language;
  } catch {
    return undefined;
  }
}

/**
 * The language to hear, checked against what the transcriber understands: what the user says counts before what the file says;
 * with neither it is undefined. @throws input.language_unsupported, input.language_unknown
 */
export function chooseLanguage(
  said: { option: string | undefined; streamTag: string | undefined },
  transcriber: Pick<Transcriber, 'languages' | 'model'>,
): string | undefined {
  const chosen = primaryLanguage(said.option);
  if (said.option !== undefined && chosen === undefined) {
    throw new PatternPivotError('input.language_unknown', `"${said.option}" is no language.`, {
      hint: 'Give a code such as "en" or "de".',
    });
  }
  const language = chosen ?? primaryLanguage(said.streamTag);
  if (language === undefined || transcriber.languages === 'any' || transcriber.languages.includes(language)) {
    return language;
  }
  const origin = chosen === undefined ? 'The file says that its sound is' : 'The sound is said to be';
  throw unsupported(`${origin} ${nameOf(language)}, and ${transcriber.model} understands`, transcriber, {
    language,
    origin: chosen === undefined ? 'stream' : 'option',
  });
}

/** The error for sound whose words are not in a language that the transcriber understands. */
export function unsupported(
  beginning: string,
  transcriber: Pick<Transcriber, 'languages'>,
  context: Readonly<Record<string, unknown>>,
): PatternPivotError {
  const understood =
    transcriber.languages === 'any' ? 'any language' : transcriber.languages.map(nameOf).join(', ');
  return new PatternPivotError('input.language_unsupported', `${beginning} only ${understood}.`, {
    hint: 'Give a transcript (--transcript captions.srt), or configure a transcriber that understands the language. If it is understood after all, say so by setting the language.',
    context,
  });
}

function nameOf(language: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language;
}

/**
 * Refuses sound whose words show that it is in another language. Only used when nobody said which language it is.
 * @throws input.language_unsupported
 */
export function assertUnderstood(
  _heard: { readonly words: readonly Word[] },
  _transcriber: Pick<Transcriber, 'languages' | 'model'>,
): void {}
