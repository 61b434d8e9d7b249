import { openPage } from '../shared/page'
import Recordings from './Recordings.svelte'

openPage(Recordings)
