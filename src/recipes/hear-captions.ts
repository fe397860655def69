import { PatternPivotError } from '../domain/errors.ts';
import { done, type Outcome } from '../domain/outcome.ts';
import type { Source } from '../domain/source.ts';
import type { Transcript } from '../domain/transcript.ts';
import { alignCaptions, hasGuessedTimes } from '../stages/match/align-captions.ts';
import type { RecipeContext } from './events.ts';
import { hearSource } from './find-moments.ts';
import type { MakeOptions, MakePorts } from './make-request.ts';

/** Fewer words than this were heard as they are written: another language, or another recording. Their times say nothing then. */
const minHeardShare = 0.5;

/**
 * A transcript of captions that exist already, with the time of every word: the file's own where it has them, else those at which the words
 * are heard in the recording. Where the recogniser does not know the language, words are spread over their lines, and a note says so.
 */
export async function hearCaptions(
  source: Source,
  captions: Transcript,
  options: Pick<MakeOptions, 'glossary' | 'language'>,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Outcome<Transcript>> {
  const { glossary } = options;
  const language = options.language ?? captions.language;
  const given = async (transcript: Transcript): Promise<Outcome<Transcript>> => {
    const heard = await hearSource(source, undefined, { glossary, language, transcript }, ports, context);
    return heard.status === 'done' ? done(heard.value.transcript) : heard;
  };
  if (!hasGuessedTimes(captions)) return given(captions);
  const heard = await hearOrNothing(source, { glossary, language }, ports, context);
  const aligned = heard === undefined ? undefined : alignCaptions(captions, heard);
  if (aligned !== undefined && aligned.heardShare >= minHeardShare) return given(aligned.transcript);
  const why =
    heard === undefined ? `nobody here understands "${language}"` : 'hardly any of its words were heard';
  context.emit({ event: 'note', text: `The words of the captions are timed by their lines only: ${why}.` });
  return given(captions);
}

async function hearOrNothing(
  source: Source,
  options: { readonly glossary: readonly string[]; readonly language: string },
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Transcript | undefined> {
  try {
    const heard = await hearSource(source, undefined, options, ports, context);
    return heard.status === 'done' ? heard.value.transcript : undefined;
  } catch (error) {
    if (error instanceof PatternPivotError && error.code === 'input.language_unsupported') return undefined;
    throw error;
  }
}
