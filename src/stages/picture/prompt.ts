/** What an image model is asked for: one picture of what a sentence says, in one style for the whole short. Pure. */

/** What pictures look like, in words for a model. */
const styles = {
  illustration:
    'A bold editorial illustration: simple shapes, rich flat colours with soft grain, dramatic light from one side, one clear subject, much calm space around it',
  collage:
    'A modern paper collage: cut-out photographs and torn coloured paper, strong shadows, one clear subject, much calm space around it',
  photograph:
    'A cinematic photograph: natural light, shallow depth of field, one clear subject, true colours, much calm space around it',
} as const;

/** How generated pictures look. */
export type ImageLook = keyof typeof styles;

/** Longest part of a passage that a prompt repeats, in characters. */
const mostPassage = 500;

/** The prompt for a sentence. `passage`: what the creator said there, which says more than the sentence. */
export function writePrompt(request: {
  readonly sentence: string;
  readonly passage: string | undefined;
  readonly topic: string;
  readonly look: ImageLook;
  /** Colours as `#RRGGBB` that the short is kept in. */
  readonly colors: readonly string[];
  /** Whether it begins from a picture of the creator's. */
  readonly isEdit: boolean;
}): string {
  const { sentence, passage, topic, look, colors, isEdit } = request;
  const line = (text: string) => text.replaceAll(/\s+/gu, ' ').trim();
  return [
    `${styles[look]}.`,
    `It shows what this sentence says, at a glance: "${line(sentence)}"`,
    `The sentence is from a short video about ${line(topic)}.`,
    ...(passage === undefined
      ? []
      : [`It was said in this context: "${line(passage).slice(0, mostPassage)}"`]),
    ...(isEdit
      ? [
          'Keep who and what is seen in the given picture recognisable, and its composition; make it all in this style.',
        ]
      : []),
    `Colours near ${colors.join(', ')}. Upright format, the subject in the upper two thirds; the lowest third is calm and dark.`,
    'No words, no letters, no numbers, no logos, no watermark, no border.',
  ].join('\n');
}
