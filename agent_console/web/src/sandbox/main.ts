import { openPage } from '../shared/page'
import Sandbox from './Sandbox.svelte'

openPage(Sandbox)
