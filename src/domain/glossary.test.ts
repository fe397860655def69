import { describe, expect, it } from 'vitest';
import { correctNames } from './glossary.ts';
import { drawTerms, readGlossary, type GlossaryTerm } from './glossary-terms.ts';
import type { Source } from './source.ts';
import type { Word } from './transcript.ts';

function say(text: string): Word[] {
  return text.split(' ').map((word, index) => ({
    text: word,
    startMs: index * 300,
    endMs: index * 300 + 250,
    confidence: 0.9,
  }));
}

const textOf = (words: readonly Word[]) => words.map((word) => word.text).join(' ');
const given = (...texts: string[]) => readGlossary(texts);
const drawn = (...texts: string[]): GlossaryTerm[] => texts.map((text) => ({ text, origin: 'drawn' }));

describe('correctNames', () => {
  it.each([
    ['one name heard as two', 'We run Cooper Netties, mostly.', ['Kubernetes'], 'We run Kubernetes, mostly.'],
    ['two words run together', 'I use pattern pivot daily.', ['PatternPivot'], 'I use PatternPivot daily.'],
    ['a name of two words', 'Sunder Pachai’s talk', ['Sundar Pichai'], 'Sundar Pichai’s talk'],
    ['a wrong first letter that sounds alike', 'the Cafka broker', ['Kafka'], 'the Kafka broker'],
    ['letters said one by one', 'a g p t model', ['GPT'], 'a GPT model'],
    ['case alone', 'with postgres and', ['Postgres'], 'with Postgres and'],
    [
      'words that are English, said by a person to be a name',
      'from and tropic today',
      ['Anthropic'],
      'from Anthropic today',
    ],
  ])('puts right %s', (_, heard, terms, expected) => {
    expect(textOf(correctNames(say(heard), given(...terms)))).toBe(expected);
  });

  it.each([
    ['an English word that only resembles the term', 'the cloud is near', ['Claude']],
    ['a word of another sound', 'Nadine went home', ['Nadella']],
    ['words on both sides of a comma', 'the pattern, pivot now', ['PatternPivot']],
    ['what is written so already', 'Kubernetes is here', ['Kubernetes']],
    ['a short word', 'I saw a cut', ['Kit']],
  ])('leaves alone %s', (_, heard, terms) => {
    expect(correctNames(say(heard), given(...terms))).toEqual(say(heard));
  });

  it('changes English words only for a term that a person gave', () => {
    expect(textOf(correctNames(say('from and tropic today'), drawn('Anthropic')))).toBe(
      'from and tropic today',
    );
    expect(textOf(correctNames(say('ask Nadela now'), drawn('Nadella')))).toBe('ask Nadella now');
  });

  it('keeps what was heard, the lowest confidence and the time of the words it replaces', () => {
    const heard = say('use cooper netties now').map((word, index) =>
      Object.assign(word, { confidence: 0.9 - index / 10 }),
    );
    expect(correctNames(heard, given('Kubernetes'))[1]).toEqual({
      text: 'Kubernetes',
      startMs: 300,
      endMs: 850,
      confidence: heard[2]?.confidence,
      heardAs: 'cooper netties',
    });
  });

  it('shares the time of one word among the several of a term, in order', () => {
    const words = correctNames(say('hello sundarpachai there'), given('Sundar Pichai'));
    expect(textOf(words)).toBe('hello Sundar Pichai there');
    expect(words[1]).toMatchObject({ startMs: 300, endMs: 425 });
    expect(words[2]).toMatchObject({ startMs: 425, endMs: 550 });
  });
});

describe('readGlossary', () => {
  it('drops blanks and doubles', () => {
    expect(readGlossary([' Kafka ', 'Kafka', '', 'Grace  Hopper'])).toEqual([
      { text: 'Kafka', origin: 'given' },
      { text: 'Grace Hopper', origin: 'given' },
    ]);
  });

  it.each([
    ['a term without Latin letters', ['日本'], 'input.glossary_term'],
    ['a sentence', ['one two three four five six seven'], 'input.glossary_term'],
    ['too many', Array.from({ length: 1001 }, (_, index) => `Term${index}`), 'input.glossary_too_long'],
  ])('refuses %s', (_, terms, code) => {
    expect(() => readGlossary(terms)).toThrow(expect.objectContaining({ code }));
  });
});

describe('drawTerms', () => {
  const source = (path: string, tags: Record<string, string> = {}): Source => ({
    path,
    contentHash: 'sha256:0',
    info: { container: 'mov', durationMs: 1, sizeBytes: 1, video: [], audio: [], tags },
  });
  const draw = (path: string, tags?: Record<string, string>) =>
    drawTerms(source(path, tags)).map((term) => term.text);

  it('draws names from the title, the artist and the file name', () => {
    expect(
      draw('/videos/Interview_with_Satya_Nadella-final.mp4', {
        title: 'How Kubernetes Works, with Kelsey Hightower',
        artist: 'PatternPivot Channel',
        comment: 'Made with Handbrake',
      }),
    ).toEqual([
      'Satya',
      'Nadella',
      'Satya Nadella',
      'Kubernetes',
      'Kelsey',
      'Hightower',
      'Kelsey Hightower',
      'PatternPivot',
    ]);
  });

  it.each([
    '/a/GX010045.MP4',
    '/a/IMG_2034.mov',
    '/a/my talk about the cloud.mp4',
    '/a/THE BEST TALK EVER.mp4',
    '/a/日本語.mp4',
  ])('draws nothing from %s', (path) => expect(draw(path)).toEqual([]));
});
