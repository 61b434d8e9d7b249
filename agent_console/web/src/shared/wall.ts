/**
 * How far people's clocks are ahead of the hub's time, in milliseconds; mostly not at all.
 *
 * The rule of this file: nothing of Svelte, so that the widget stays small. A screen's clock puts its own answer here.
 */
export const wall = { ahead: (): number => 0 }
