/**
 * The browser's storage: a few settings, drafts, and commands that are not sent yet.
 *
 * The rule of this file: if a browser refuses storage, the screen still works and forgets at the next reload.
 */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** A storage that lasts as long as the page. For tests, and for browsers that refuse storage. */
export function memoryStorage(): TextStorage {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

function storageOr(find: () => Storage): TextStorage {
  try {
    const found = find()
    found.setItem('hub.probe', '1')
    found.removeItem('hub.probe')
    return found
  } catch {
    return memoryStorage()
  }
}

/** The storage of this browser: language, theme, sound. */
export const browserStorage = storageOr(() => localStorage)

/** The storage of this tab: drafts and unanswered commands. */
export const tabStorage = storageOr(() => sessionStorage)
