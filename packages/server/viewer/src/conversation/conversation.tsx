import { useCallback, useMemo, useState, type ReactNode } from 'react'
import type { SpanArtifact } from '../api/contract.js'
import { contentOf, explainState, type ArtifactContent } from '../artifact/artifact-content.js'
import { artifactKind } from '../artifact/artifact-kind.js'
import { ArtifactPreview } from '../artifact/artifact-preview.js'
import { useArtifactState } from '../artifact/artifact-watch.js'
import { DownloadLink } from '../artifact/download-link.js'
import { explainDropped } from '../artifact/dropped-reason.js'
import { formatBytes } from '../format/bytes.js'
import { visibleText } from '../format/visible-text.js'
import { JsonScalar, JsonTree } from '../json/json-tree.js'
import { Icon } from '../ui/icons.js'
import { InlineBlob } from './inline-blob.js'
import type { MediaDescription, Message, MessageGroup, MessagePart, ToolValue } from './messages.js'

const openArgumentLines = 20
const shownMessages = 50

export interface ConversationProps {
  readonly groups: readonly MessageGroup[]
  /** The artifacts that the server found in the messages, for their states. */
  readonly artifacts: readonly SpanArtifact[]
}

/** What was said to a language model and what it answered, with pictures and sound in their places. */
export function Conversation({ groups, artifacts }: ConversationProps): ReactNode {
  const byDigest = useMemo(
    () => new Map(artifacts.map((artifact) => [artifact.reference.sha256, artifact])),
    [artifacts],
  )
  return (
    <div className="conversation">
      {groups.map(({ key, direction, messages }) => (
        <MessageList key={key} direction={direction} messages={messages} artifacts={byDigest} />
      ))}
    </div>
  )
}

interface MessageListProps {
  readonly direction: MessageGroup['direction']
  readonly messages: readonly Message[]
  readonly artifacts: ReadonlyMap<string, SpanArtifact>
}

function MessageList({ direction, messages, artifacts }: MessageListProps): ReactNode {
  const [all, setAll] = useState(false)
  // The newest messages say what this span was about.
  const from = all ? 0 : Math.max(0, messages.length - shownMessages)
  return (
    <>
      {from > 0 && (
        <button type="button" className="button small" onClick={() => setAll(true)}>
          Show {from} earlier messages
        </button>
      )}
      {messages.slice(from).map((message, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- messages have no identity but their place
        <article key={from + index} className={`message ${direction}`} data-role={message.role}>
          <header>
            <span className="role">{visibleText(message.role)}</span>
            {message.name !== undefined && <span className="none">{visibleText(message.name)}</span>}
            {message.finishReason !== undefined && (
              <span className="none" title="Why the model stopped">
                {visibleText(message.finishReason)}
              </span>
            )}
          </header>
          <div className="message-body">
            {message.parts.map((part, place) => (
              // oxlint-disable-next-line react/no-array-index-key
              <Part key={place} part={part} artifacts={artifacts} />
            ))}
            {message.parts.length === 0 && <span className="none">empty</span>}
          </div>
        </article>
      ))}
    </>
  )
}

interface PartProps {
  readonly part: MessagePart
  readonly artifacts: ReadonlyMap<string, SpanArtifact>
}

function Part({ part, artifacts }: PartProps): ReactNode {
  switch (part.type) {
    case 'text':
      return <LongText text={part.text} />
    case 'reasoning':
      return (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <LongText text={part.text} />
        </details>
      )
    case 'artifact':
      return part.reasoning ? (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <MediaPart sha256={part.sha256} media={part.media} artifact={artifacts.get(part.sha256)} />
        </details>
      ) : (
        <MediaPart sha256={part.sha256} media={part.media} artifact={artifacts.get(part.sha256)} />
      )
    case 'omitted':
      return (
        <div className="media-note">
          <Icon name="scissors" />
          {part.media.modality} {visibleText(part.media.contentType ?? '')} not recorded
          {part.media.sizeBytes !== undefined && `, ${formatBytes(part.media.sizeBytes)}`}
          {part.media.dropped !== undefined && `: ${explainDropped(part.media.dropped)}`}
        </div>
      )
    case 'blob':
      return <InlineBlob base64={part.base64} media={part.media} />
    case 'external':
      return (
        <div className="media-note">
          <Icon name="link" />
          {part.media.modality} elsewhere, not loaded: <span className="json-string">{visibleText(part.address)}</span>
        </div>
      )
    case 'tool-call':
      return (
        <div className="tool">
          <header>
            <Icon name="tool" />
            <strong>{visibleText(part.name)}</strong>
            {part.id !== undefined && <code>{visibleText(part.id)}</code>}
          </header>
          <ToolValueView value={part.value} label="Arguments" artifacts={artifacts} />
        </div>
      )
    case 'tool-response':
      return (
        <div className="tool">
          <header>
            <Icon name="tool" />
            <strong>result</strong>
            {part.id !== undefined && <code>{visibleText(part.id)}</code>}
          </header>
          <ToolValueView value={part.value} label="Result" artifacts={artifacts} />
        </div>
      )
    case 'other':
      break
  }
  return (
    <div className="tool">
      <header>{visibleText(part.name)}</header>
      <Value value={part.value} label={part.name} />
    </div>
  )
}

interface ToolValueViewProps {
  readonly value: ToolValue
  readonly label: string
  readonly artifacts: ReadonlyMap<string, SpanArtifact>
}

function ToolValueView({ value, label, artifacts }: ToolValueViewProps): ReactNode {
  return (
    <>
      <Value value={value.value} label={label} />
      {value.media.map((part, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- parts have no identity but their place
        <Part key={place} part={part} artifacts={artifacts} />
      ))}
    </>
  )
}

function Value({ value, label }: { readonly value: unknown; readonly label: string }): ReactNode {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? (
    <JsonTree value={value} label={label} openLines={openArgumentLines} />
  ) : (
    <JsonScalar value={value} />
  )
}

const shownCharacters = 4000

function LongText({ text }: { readonly text: string }): ReactNode {
  const [whole, setWhole] = useState(false)
  const cut = !whole && text.length > shownCharacters
  return (
    <p className="said">
      {cut ? text.slice(0, shownCharacters) : text}
      {cut && (
        <button type="button" className="json-more" onClick={() => setWhole(true)}>
          … all {text.length} characters
        </button>
      )}
    </p>
  )
}

interface MediaPartProps {
  readonly sha256: string
  readonly media: MediaDescription
  readonly artifact: SpanArtifact | undefined
}

function MediaPart({ sha256, media, artifact }: MediaPartProps): ReactNode {
  const dropped = artifact?.reference.dropped ?? media.dropped
  const known = useArtifactState(sha256, artifact?.state ?? 'ready')
  // What the sender let go is not on its way, unless somebody else brought the same bytes.
  const state = dropped !== undefined && !(known === 'ready' && artifact !== undefined) ? 'dropped' : known
  const [fact, setFact] = useState('')
  const onFact = useCallback((text: string) => setFact(text), [])
  const content = artifact === undefined ? describedContent(sha256, media) : contentOf(artifact)
  const name = visibleText(content.filename ?? media.modality)
  return (
    <figure className="media-part" data-sha256={sha256}>
      {state === 'ready' ? (
        <ArtifactPreview content={content} onFact={onFact} />
      ) : (
        <p className="artifact-absent">
          {state === 'dropped' ? `Not uploaded: ${explainDropped(dropped ?? 'unknown reason')}` : explainState(state)}
        </p>
      )}
      <figcaption>
        <Icon name={artifactKind(content.contentType)} />
        <span>{name}</span>
        <span>{visibleText(content.contentType)}</span>
        <span>{formatBytes(content.sizeBytes)}</span>
        {fact !== '' && <span>{fact}</span>}
        {state === 'ready' && <DownloadLink content={content} />}
      </figcaption>
    </figure>
  )
}

const typeOfModality: Readonly<Record<string, string>> = {
  image: 'image/png',
  audio: 'audio/mpeg',
  video: 'video/mp4',
  document: 'application/pdf',
}

function describedContent(sha256: string, media: MediaDescription): ArtifactContent {
  const guess = Object.hasOwn(typeOfModality, media.modality) ? typeOfModality[media.modality] : undefined
  return {
    sha256,
    contentType: media.contentType ?? guess ?? 'application/octet-stream',
    sizeBytes: media.sizeBytes ?? 0,
    filename: media.filename,
    contentEncoding: undefined,
    truncated: false,
  }
}
