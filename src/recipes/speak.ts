import type { Provenance } from '../domain/provenance.ts';
import { groupSentences } from '../domain/transcript.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Voice } from '../ports/voice.ts';
import type { HearPorts } from '../stages/hear/hear.ts';
import { speakLines, type SpokenScript } from '../stages/speak/speak-lines.ts';
import { runStep, type RecipeContext } from './events.ts';

/** A text that was spoken: the document that `pivot speak --words` writes. Times are ms of the sound, half-open. */
export type SpokenText = Pick<SpokenScript, 'lines' | 'timedBy'> & {
  readonly version: 1;
  readonly durationMs: number;
  readonly provenance: Provenance;
};

/** So long is a text at most that is spoken at once, in characters: an hour. */
const mostChars = 60_000;

/**
 * Speaks a text, sentence by sentence, into a WAV. The terms of the voice are said first.
 * @throws input.nothing_to_say, input.text_too_long, and what opening a voice and speaking throw
 */
export async function speakText(
  { text, path }: { readonly text: string; readonly path: string },
  ports: HearPorts & { openVoice(): Promise<Voice> },
  context: RecipeContext,
): Promise<SpokenText> {
  if (text.length > mostChars) {
    throw new PatternPivotError(
      'input.text_too_long',
      `The text has ${text.length} characters; ${mostChars} are spoken at a time.`,
      { hint: 'Speak it in parts.' },
    );
  }
  const lines = splitSentences(text);
  if (lines.length === 0) {
    throw new PatternPivotError('input.nothing_to_say', 'There is no word in the text to speak.', {
      hint: 'Write a sentence.',
    });
  }
  const voice = await ports.openVoice();
  try {
    const { terms, model } = voice;
    if (!terms.mayEarnMoney) {
      const note = `${model}: under its terms (${terms.licence}) what it speaks must not earn money.`;
      context.emit({ event: 'note', text: note });
    }
    const spoken = await runStep(
      context,
      'speak',
      (step) => speakLines(lines, path, { ...ports, voice }, step),
      {
        detail: ({ source }) => `${(source.info.durationMs / 1000).toFixed(1)} s by ${model}`,
      },
    );
    return {
      version: 1,
      durationMs: spoken.source.info.durationMs,
      provenance: describeSpeech(voice),
      timedBy: spoken.timedBy,
      lines: spoken.lines,
    };
  } finally {
    await voice.close();
  }
}

/** Where speech comes from, for everything that it goes into. */
export function describeSpeech({ model, terms }: Pick<Voice, 'model' | 'terms'>): Provenance {
  return {
    kind: 'speech',
    madeBy: model,
    ...terms,
    isSynthetic: true,
    // Nobody takes the carried voice for a person's.
    isRealistic: !model.startsWith('flite'),
  };
}

/** The sentences of a text, each a line of a script; what holds no word falls away. Pure. */
export function splitSentences(text: string): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/\n\s*\n/u)) {
    const words = paragraph
      .split(/\s+/u)
      .filter((word) => word !== '')
      .map((word) => ({ text: word, startMs: 0, endMs: 0, confidence: 1 }));
    const before = lines.length;
    for (const { wordStart, wordEnd } of groupSentences(words)) {
      const sentence = words
        .slice(wordStart, wordEnd)
        .map((word) => word.text)
        .join(' ');
      // "He left the U.S. on Monday": what goes on in a small letter was no end.
      if (lines.length > before && /^["'“‘(]?\p{Ll}/u.test(sentence))
        lines.push(`${lines.pop()} ${sentence}`);
      else lines.push(sentence);
    }
  }
  return lines.filter((line) => /[\p{L}\p{N}]/u.test(line));
}
