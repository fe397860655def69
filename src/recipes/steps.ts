import { readGlossary } from '../domain/glossary-terms.ts';
import { done, type Outcome } from '../domain/outcome.ts';
import type { Moments } from '../domain/moment.ts';
import type { CheckReport } from '../domain/rendition.ts';
import type { Timeline } from '../domain/timeline.ts';
import type { Transcript } from '../domain/transcript.ts';
import { checkRendition } from '../stages/check/check.ts';
import { finishGiven } from '../stages/hear/finish-transcript.ts';
import { runStep, type RecipeContext } from './events.ts';
import type { MakeOptions, MakePorts } from './make-request.ts';
import { findMoments, hearSource, type Material } from './find-moments.ts';

/** Writes down what is said in one source. */
export async function transcribe(
  path: string,
  options: Pick<MakeOptions, 'glossary' | 'language'>,
  ports: Pick<MakePorts, 'openSource' | 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Outcome<Transcript>> {
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const heard = await hearSource(source, undefined, options, ports, context);
  return heard.status === 'done' ? done(heard.value.transcript) : heard;
}

/** What moments are looked for in: a media file, or words alone. */
export type MomentsInput =
  | { readonly path: string; readonly transcript?: Transcript }
  | { readonly path?: never; readonly transcript: Transcript };

/** Finds the moments of a source, and how interesting all of it is. Words without media do. */
export async function listMoments(
  input: MomentsInput,
  options: Pick<MakeOptions, 'count' | 'minMs' | 'maxMs' | 'glossary' | 'language'>,
  ports: MakePorts,
  context: RecipeContext,
): Promise<Outcome<Moments>> {
  const heard = await hearInput(input, options, ports, context);
  if (heard.status === 'skipped') return heard;
  const found = await findMoments(heard.value, { ...options, at: [] }, ports, context);
  return done({
    version: 1,
    moments: [...found.moments],
    interest: [...found.interest],
    notes: [...found.notes],
  });
}

async function hearInput(
  input: MomentsInput,
  options: Pick<MakeOptions, 'glossary' | 'language'>,
  ports: MakePorts,
  context: RecipeContext,
): Promise<Outcome<Material>> {
  const { path, transcript } = input;
  if (path === undefined) {
    const glossary = readGlossary(options.glossary);
    const language = options.language ?? transcript.language;
    return done({ transcript: finishGiven(transcript, transcript.speech, { glossary, language }) });
  }
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const given = { ...options, ...(transcript === undefined ? {} : { transcript }) };
  const heard = await hearSource(source, undefined, given, ports, context);
  return heard.status === 'done' ? done({ ...heard.value, source }) : heard;
}

/** Measures a finished video, against its timeline where there is one. */
export function check(
  path: string,
  expected: Timeline | undefined,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<CheckReport> {
  return runStep(context, 'check', (step) => checkRendition(path, expected, ports, step), {
    detail: (report) => report.status,
  });
}
