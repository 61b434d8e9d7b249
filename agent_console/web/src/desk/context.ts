/** Gives the desk's components its model and its screen, by Svelte's context. */
import { createContext } from 'svelte'
import type { DeskSnapshot } from '../generated/wire'
import type { DeskModel } from './model/desk.svelte'
import type { Screen } from './screen.svelte'

const [getModel, setModel] = createContext<DeskModel>()
const [getScreen, setScreen] = createContext<Screen>()

export { getModel, getScreen, setModel, setScreen }

/** The model's snapshot, for components that are mounted only while it exists. */
export function snapshotOf(model: DeskModel): DeskSnapshot {
  if (!model.desk) throw new Error('shown before the first snapshot')
  return model.desk
}
