/** Gives the wallboard's dialogs the signed-in person and the way to send commands, by Svelte's context. */
import { createContext } from 'svelte'
import type { CommandAnswer, MessageView, StaffView, WallboardView } from '../generated/wire'
import type { NewBoardCommand } from './board-feed.svelte'

export interface BoardSide {
  ask(newCommand: NewBoardCommand): Promise<CommandAnswer>
  readonly staff: StaffView | undefined
  readonly board: WallboardView | null
  readonly read: Record<string, MessageView[]>
}

const [getBoard, setBoard] = createContext<BoardSide>()

export { getBoard, setBoard }
