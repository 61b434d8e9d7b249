/** Gives the wallboard's dialogs the signed-in person and the way to send commands, by Svelte's context. */
import { createContext } from 'svelte'
import type { CommandAnswer, StaffView } from '../generated/wire'
import type { NewBoardCommand } from './board-feed.svelte'

export interface BoardSide {
  ask(newCommand: NewBoardCommand): Promise<CommandAnswer>
  readonly staff: StaffView | undefined
}

const [getBoard, setBoard] = createContext<BoardSide>()

export { getBoard, setBoard }
