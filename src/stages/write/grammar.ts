/** A word of a sentence and what it is in it: `Noun`, `Verb`, `Pronoun`, `Plural` … as compromise names them. */
export type Term = { readonly word: string; readonly tags: ReadonlySet<string> };

/** Tells what each word of an English sentence is. */
export type ReadGrammar = (text: string) => Term[];

/**
 * The tagger of parts of speech (compromise, MIT). Loaded when first needed: it takes a fifth of a second, which no other command
 * should wait for.
 */
export async function loadGrammar(): Promise<ReadGrammar> {
  const { default: nlp } = await import('compromise/two');
  return (text) => {
    const sentences = nlp(text).json({ terms: { tags: true }, text: false }) as readonly {
      readonly terms: readonly { readonly text: string; readonly tags: readonly string[] }[];
    }[];
    return sentences.flatMap(({ terms }) =>
      terms.map(({ text: word, tags }) => ({
        word: word.toLowerCase().replaceAll('’', "'"),
        tags: new Set(tags),
      })),
    );
  };
}

/** How many verbs say something of something: no participles, and no infinitives. */
export function countFiniteVerbs(terms: readonly Term[]): number {
  return terms.filter(({ tags }, index) => {
    if (tags.has('Modal') || tags.has('Copula') || tags.has('Imperative')) return true;
    if (!tags.has('Verb') || tags.has('Gerund') || tags.has('Participle') || tags.has('Particle'))
      return false;
    if (!tags.has('Infinitive')) return true;
    // "They go", "go home", "do they really go": not "to go", "need to go or stay".
    const before = terms.slice(0, index).findLast((term) => !term.tags.has('Adverb') && term.word !== '');
    return (
      before === undefined ||
      before.tags.has('Noun') ||
      before.tags.has('Modal') ||
      before.tags.has('Negative') ||
      before.tags.has('QuestionWord')
    );
  }).length;
}

/** Begins a clause that wants another. */
const subordinate =
  /^(?:while|if|although|though|because|since|after|before|once|unless|until|whereas|given|when|whenever|as)$/u;

/** Whether there is a main clause: a verb, and one more where it begins with "when", "if" or the like. */
export function hasMainClause(terms: readonly Term[], asks: boolean): boolean {
  const isSubordinate = subordinate.test(terms[0]?.word ?? '') && !asks;
  return countFiniteVerbs(terms) >= (isSubordinate ? 2 : 1);
}

/** These mean nothing before them: "It turns out", "It's easy to", "those who". */
const emptySubject =
  /^(?:it(?:'s| is| was| isn't| wasn't)? (?:\w+ly )?(?:turns? out|takes?|took|seems?|looks like|feels? (?:like|good|great|bad)|rains?|easy|hard|possible|impossible|important|time|tempting|true|been|worth|common|fair|good|bad|safe|tough|difficult|no (?:secret|wonder|surprise))\b)/u;

/**
 * How much a sentence hangs on what was said before it, by its pronouns: 0 where each has something in the sentence that it may mean,
 * 1 where one has nothing.
 */
export function measurePointing(terms: readonly Term[]): number {
  let singular = 0;
  let plural = 0;
  let person = 0;
  for (const [index, { word, tags }] of terms.entries()) {
    const next = terms[index + 1];
    if (/^(?:he|she|him|his|her|hers|himself|herself|he's|she's|he'd|she'd|he'll|she'll)$/u.test(word)) {
      if (person > 0) continue;
      if (singular === 0) return 1;
      // "How does a bee tell her sisters": an owner need not be a person.
      if (!tags.has('Possessive')) return 0.4;
    } else if (/^(?:they|them|their|theirs|themselves|they're|they've|they'd|they'll)$/u.test(word)) {
      if (plural === 0 && singular < 2) return singular > 0 ? 0.5 : 1;
    } else if (/^(?:it|its|itself|it's|it'd|it'll)$/u.test(word)) {
      const rest = terms
        .slice(index, index + 5)
        .map((term) => term.word)
        .filter((part) => part !== '')
        .join(' ');
      if (singular + plural === 0 && !emptySubject.test(rest)) return 1;
    } else if (/^(?:this|these|those)$/u.test(word)) {
      if (word === 'those' && (next?.word === 'who' || next?.word === 'of')) continue;
      return 0.9;
    } else if (word === 'that' || word === "that's") {
      const isFirst = index === 0;
      const pointsAt = tags.has('Determiner') && next?.tags.has('Noun') === true && !next.tags.has('Pronoun');
      const isAlone = next?.tags.has('Copula') === true && singular + plural === 0;
      if (isFirst || isAlone) return 1;
      if (pointsAt && singular + plural === 0) return 0.8;
    } else if (tags.has('Noun') && !tags.has('Pronoun')) {
      if (tags.has('Plural')) plural += 1;
      else singular += 1;
      if (
        tags.has('ProperNoun') ||
        tags.has('Person') ||
        tags.has('Actor') ||
        tags.has('FirstName') ||
        isPerson(word)
      )
        person += 1;
    } else if (
      /^(?:everyone|everybody|someone|somebody|anyone|anybody|nobody|who|one|people|each)$/u.test(word)
    ) {
      person += 1;
      plural += 1;
    }
  }
  return 0;
}

function isPerson(word: string): boolean {
  return /^(?:man|woman|boy|girl|guy|kid|child|baby|infant|mother|father|mom|dad|sister|brother|wife|husband|friend|boss|doctor|teacher|patient|person|king|queen|god|scientist|psychologist|student|author|artist|\w{3,}(?:er|or|ist|ian|man))s?$/u.test(
    word,
  );
}
