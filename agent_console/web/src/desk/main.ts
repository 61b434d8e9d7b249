import { openPage } from '../shared/page'
import Desk from './Desk.svelte'

openPage(Desk)
