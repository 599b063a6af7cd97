/** The right to act as the one scheduler: every scheduling write carries it and is refused when the term is over. */
export interface LeaderTerm {
  readonly name: string;
  readonly holder: string;
  readonly term: number;
}
