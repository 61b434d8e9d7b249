/**
 * How many milliseconds people's clocks are ahead of hub time; usually 0.
 *
 * The rule of this file: it imports no Svelte, so that the widget stays small. The clock of a screen replaces `ahead`.
 */
export const wall = { ahead: (): number => 0 }
