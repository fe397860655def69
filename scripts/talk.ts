import { createFlite, type FliteVoice } from '../src/adapters/voice/flite.ts';

/** A talk as it is written: scenes with a title, each of paragraphs. */
export type Talk = {
  readonly title: string;
  readonly scenes: readonly { readonly title: string; readonly paragraphs: readonly string[] }[];
};

/** Reads a talk from Markdown: `# title`, a note, then `## scene` headings over paragraphs. */
export function parseTalk(markdown: string): Talk {
  const [head = '', ...parts] = markdown.split(/^## /mu);
  return {
    title: /^# (.+)$/mu.exec(head)?.[1]?.trim() ?? 'A talk',
    scenes: parts.map((part) => {
      const [title = '', ...paragraphs] = part.split(/\n\s*\n/u);
      return {
        title: title.trim(),
        paragraphs: paragraphs.map((text) => text.replace(/\s+/gu, ' ').trim()).filter((text) => text !== ''),
      };
    }),
  };
}

/** A spoken paragraph: what is said, under which title, and when. `endMs` includes the pause after it. */
export type Passage = {
  readonly title: string;
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
};

/** A talk as sound: mono, −1 to 1. */
export type SpokenTalk = {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  readonly passages: readonly Passage[];
};

/** Pauses after a paragraph, and after the last one of a scene, in ms. */
const paragraphPauseMs = 500;
const scenePauseMs = 900;

/** Speaks a talk, with two voice processes at a time. `onProgress` gets the share that is done, 0 to 1. */
export async function speakTalk(
  talk: Talk,
  options: { voice?: FliteVoice; signal?: AbortSignal; onProgress?: (share: number) => void } = {},
): Promise<SpokenTalk> {
  const jobs = talk.scenes.flatMap(({ title, paragraphs }) =>
    paragraphs.map((text, index) => ({
      title,
      text,
      pauseMs: index === paragraphs.length - 1 ? scenePauseMs : paragraphPauseMs,
    })),
  );
  const voices = [0, 1].map(() => createFlite({ voice: options.voice ?? 'slt' }));
  const spoken: Float32Array[] = [];
  let sampleRateHz = 16_000;
  let next = 0;
  let finished = 0;
  try {
    await Promise.all(
      voices.map(async (voice) => {
        for (let index = next++; index < jobs.length; index = next++) {
          const job = jobs[index];
          if (job === undefined) break;
          const speech = await voice.speak(
            job.text,
            options.signal === undefined ? {} : { signal: options.signal },
          );
          spoken[index] = speech.samples;
          sampleRateHz = speech.sampleRateHz;
          options.onProgress?.(++finished / jobs.length);
        }
      }),
    );
  } finally {
    await Promise.all(voices.map((voice) => voice.close()));
  }

  const pauseSamples = (pauseMs: number) => Math.round((pauseMs / 1000) * sampleRateHz);
  const lengths = jobs.map((job, index) => (spoken[index]?.length ?? 0) + pauseSamples(job.pauseMs));
  const samples = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  const passages: Passage[] = [];
  let at = 0;
  for (const [index, { title, text }] of jobs.entries()) {
    samples.set(spoken[index] ?? [], at);
    const startMs = Math.round((at / sampleRateHz) * 1000);
    at += lengths[index] ?? 0;
    passages.push({ title, text, startMs, endMs: Math.round((at / sampleRateHz) * 1000) });
  }
  return { samples, sampleRateHz, passages };
}
