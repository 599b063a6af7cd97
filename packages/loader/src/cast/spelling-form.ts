/** How a text of the file is judged and brought into the form that PostgreSQL reads. All are SQL expressions. */
export interface Spelling {
  /** True when the text is spelled wrongly; undefined when it cannot be. */
  readonly isWrong?: string;
  /** Said about a wrong text. */
  readonly complaint: string;
  /** The text as PostgreSQL reads it; means something only when the spelling is right. */
  readonly canonical: string;
  /** For booleans the value itself, without a way through text. */
  readonly isTrue?: string;
}
