import { basename } from 'node:path';
import { readCaptionCues } from './caption-files-cues.ts';
import { captionsInvalid } from './caption-files-error.ts';
import { readCaptionJson } from './caption-files-json.ts';
import { readCaptionWords } from './caption-files-words.ts';
import { readYouTubeCues } from './caption-files-youtube.ts';
import { groupSentences, type Transcript, type Word } from './transcript.ts';

export { formatSrt, formatVtt } from './caption-files-format.ts';

/** A file longer than this (in UTF-16 units) is refused. Ten hours of speech with word times have about 8 million. */
const maxFileChars = 64 * 1024 * 1024;

/** More words than this are never said in this time: auctioneers reach half of it. */
const fastest = { count: 200, withinMs: 10_000 };

/** What the caller knows of a caption file beside its text. */
export type CaptionFileOptions = {
  /** BCP 47 tag. Default: what the file or its name (`talk.de.srt`) says, else `en`. */
  readonly language?: string;
};

/**
 * Reads captions that exist already: SubRip, WebVTT (YouTube's word-timed and rolling kind too), a transcript document,
 * YouTube's json3 and srv3, or plain JSON `{"words": [{"text", "startMs", "endMs"}]}`. What it is shows in its text, not in its name.
 * Where a format has no word times, they are spread over the cue by the letters and have a confidence of 0.5.
 * Notes like `[Music]` and speaker labels are left out of the words, which know their speakers where the file names them throughout.
 * `name` is for messages and for the transcript's `source`.
 * @throws input.captions_invalid with the line of the mistake, or for words faster than anyone speaks
 */
export function parseCaptionFile(text: string, name: string, options: CaptionFileOptions = {}): Transcript {
  const transcript = readTranscript(text, name, options);
  assertSpeakable(transcript.words, name);
  return transcript;
}

function readTranscript(text: string, name: string, options: CaptionFileOptions): Transcript {
  if (text.length > maxFileChars) {
    throw captionsInvalid(name, undefined, `is larger than ${maxFileChars / 1024 / 1024} MB`);
  }
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const source = `captions:${basename(name)}`;
  const own = readYouTubeCues(clean);
  if (own === undefined && /^\s*[[{]/.test(clean))
    return readCaptionJson(clean, name, { source, ...options });
  const { cues, language } =
    own === undefined ? readCaptionCues(clean, name) : { cues: own, language: undefined };
  const words = readCaptionWords(cues, name);
  return {
    version: 1,
    language: options.language ?? language ?? languageFromName(name) ?? 'en',
    source,
    durationMs: Math.max(words.at(-1)?.endMs ?? 0, cues.at(-1)?.endMs ?? 0),
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };
}

/** Words closer together than anyone speaks are a file with wrong times, and finding moments in them would take for ever. */
function assertSpeakable(words: readonly Word[], name: string): void {
  const { count, withinMs } = fastest;
  const at = words.findIndex((word, index) => {
    const later = words[index + count];
    return later !== undefined && later.startMs - word.startMs < withinMs;
  });
  if (at < 0) return;
  const seconds = ((words[at]?.startMs ?? 0) / 1000).toFixed(1);
  throw captionsInvalid(
    name,
    undefined,
    `has more than ${count} words within ${withinMs / 1000} s, from ${seconds} s on, and nobody speaks that fast`,
    'Its times are wrong, or it is no transcript of speech.',
  );
}

/** `talk.pt-BR.vtt` is Portuguese. Two letters only: `talk.mov.srt` says nothing. */
function languageFromName(name: string): string | undefined {
  return /\.([a-z]{2}(?:-[A-Za-z]{2,4})?)\.\w+$/.exec(basename(name))?.[1];
}
