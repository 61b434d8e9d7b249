/**
 * What the browser keeps for us: a few switches and what is not yet sent.
 *
 * The rule of this file: a browser that refuses storage costs the memory of it, never the screen.
 */
export type Keeper = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Keeps for the life of the page: what tests use, and what stands in where the browser refuses. */
export function memoryKeeper(): Keeper {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

function keeperOr(find: () => Storage): Keeper {
  try {
    const found = find()
    found.setItem('hub.probe', '1')
    found.removeItem('hub.probe')
    return found
  } catch {
    return memoryKeeper()
  }
}

/** For this browser: language, theme, sound. */
export const browserKeeper = keeperOr(() => localStorage)

/** For this tab: drafts and commands without an answer. */
export const tabKeeper = keeperOr(() => sessionStorage)
