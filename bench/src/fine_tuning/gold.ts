import type { AnswerWindow, SquadQuestion } from '@chui/training';

/** A class of each example, by name. */
interface GoldClasses {
  readonly kind: 'classes';
  /** By number. */
  readonly labels: readonly string[];
  readonly right: readonly string[];
  /** The class that most examples of training have. */
  readonly majority: string;
}

/** Tags of each sentence's words. */
interface GoldTags {
  readonly kind: 'tags';
  /** By number. */
  readonly labels: readonly string[];
  readonly right: readonly (readonly string[])[];
  /** For each of these words the token that says its tag; null where it was cut off. */
  readonly tokens: readonly (readonly (number | null)[])[];
}

/** Questions, and the windows that are their examples. */
interface GoldAnswers {
  readonly kind: 'answers';
  readonly questions: readonly Pick<SquadQuestion, 'id' | 'context'>[];
  readonly right: readonly (readonly string[])[];
  readonly windows: readonly AnswerWindow[];
}

/** What is right in the examples that are tested on, and how to read what a model says of them. */
export type Gold = GoldClasses | GoldTags | GoldAnswers;

/** What a side says of an example: a class, tags of its words, or an answer. */
export type Said = string | readonly string[];
