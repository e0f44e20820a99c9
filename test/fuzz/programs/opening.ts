/** One way to open something. `x` is the variable that holds it. */
export interface Opening {
  /** `TYPE|TYPE` if either may be reported. */
  readonly type: string;
  /** The statement that is to blame, on one line; declares nothing but what it opens. */
  open(x: string): string;
  /** Goes with it, on lines of their own, to make it one that stays. */
  after?(x: string): string;
  close(x: string): string;
  /** Makes it one that holds nothing. */
  unref?(x: string): string;
  /** It can be opened, or closed, only by waiting. */
  readonly async?: true;
  /** It begins only in a tick: a judgement that follows at once may find it, or not. */
  readonly late?: true;
  /** Starting one takes so long that only few programs have it. */
  readonly heavy?: true;
  /** Node lets nobody but its owner end it, and Jest says of a worker that is held by it that it had to be killed. */
  readonly holdsWorkers?: true;
  /** The stack ends somewhere in Node, which may miscount its timers then. */
  readonly overflows?: true;
  /** It is so slow that whatever ends it has to come at once. */
  readonly slow?: true;
  /** Ends by itself in time, or holds nothing. */
  readonly brief?: true;
}
