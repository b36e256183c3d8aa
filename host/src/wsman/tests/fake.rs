//! A stand-in for the host: a few classes, instances in memory, and a record of what was asked.

use crate::class::{Class, SharedClass};
use crate::engine::{Batch, Canceller};
use crate::operation::{Depth, Operation, Principal, Request};
use crate::wsman::service::{Answer, Backend, Results, Service, Settings};
use crate::wsman::{class_reader, ns, xml};
use omi::client::TIMED_OUT;
use omi::dialogue::Listener;
use omi::{Error, Instance, Result, ResultCode};
use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// `X_Thing` has a uint32 key, `X_Part` derives from it, `X_Slow` never answers, `X_Link` has a reference as a key,
/// and `X_Event` is an indication.
const CLASSES: &str = r#"<D>
<CLASS NAME="X_Thing"><QUALIFIER NAME="Description" TYPE="string"><VALUE>A thing</VALUE></QUALIFIER>
  <PROPERTY NAME="Id" TYPE="uint32"><QUALIFIER NAME="Key" TYPE="boolean" OVERRIDABLE="false"><VALUE>TRUE</VALUE></QUALIFIER></PROPERTY>
  <PROPERTY NAME="Name" TYPE="string"/><PROPERTY NAME="Since" TYPE="datetime"/>
  <PROPERTY.ARRAY NAME="Sizes" TYPE="uint64"/>
  <PROPERTY.ARRAY NAME="Blob" TYPE="uint8"><QUALIFIER NAME="OctetString" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER></PROPERTY.ARRAY>
  <METHOD NAME="Rename" TYPE="uint32">
    <PARAMETER NAME="To" TYPE="string"><QUALIFIER NAME="In" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER></PARAMETER>
    <PARAMETER NAME="Old" TYPE="string"><QUALIFIER NAME="Out" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER></PARAMETER></METHOD>
  <METHOD NAME="Add" TYPE="uint8"><QUALIFIER NAME="Static" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER>
    <PARAMETER.ARRAY NAME="Numbers" TYPE="uint8"><QUALIFIER NAME="In" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER></PARAMETER.ARRAY></METHOD>
</CLASS>
<CLASS NAME="X_Part" SUPERCLASS="X_Thing"><PROPERTY NAME="Id" TYPE="uint32"/></CLASS>
<CLASS NAME="X_Slow"><PROPERTY NAME="Id" TYPE="uint32"/></CLASS>
<CLASS NAME="X_Link"><PROPERTY.REFERENCE NAME="Thing" REFERENCECLASS="X_Thing"><QUALIFIER NAME="Key" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER></PROPERTY.REFERENCE></CLASS>
<CLASS NAME="X_Event"><QUALIFIER NAME="Indication" TYPE="boolean"><VALUE>TRUE</VALUE></QUALIFIER><PROPERTY NAME="Number" TYPE="uint32"/></CLASS>
</D>"#;

/// The stand-in.
#[derive(Clone)]
pub(crate) struct Fake {
    classes: Vec<SharedClass>,
    things: usize,
    /// What every subscription delivers.
    pub(crate) events: Arc<Events>,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
    /// One for every operation that is not finished yet.
    pub(crate) running: Arc<()>,
    /// What every operation does instead, on a thread of its own.
    script: Option<Arc<Script>>,
    /// Told of every operation that is cancelled.
    cancelled: Option<Sender<()>>,
}

/// Talks to the client, posts instances and ends.
pub(crate) type Script = dyn Fn(&dyn Listener, &dyn Fn(Instance)) -> Result<()> + Send + Sync;

impl Fake {
    /// A host with this many instances of `X_Thing`, whose ids count from 0.
    pub(crate) fn new(things: usize) -> Self {
        let document = xml::parse(CLASSES).unwrap();
        let read = |node| Arc::new(class_reader::read_class(node).unwrap());
        Self {
            classes: xml::elements(document.root_element()).map(read).collect(),
            things,
            events: Arc::default(),
            requests: Arc::default(),
            running: Arc::default(),
            script: None,
            cancelled: None,
        }
    }

    /// A host whose operations do what the script says. Gives the host, and what is told when one is cancelled.
    pub(crate) fn scripted(
        script: impl Fn(&dyn Listener, &dyn Fn(Instance)) -> Result<()> + Send + Sync + 'static,
    ) -> (Self, Receiver<()>) {
        let (cancelled, told) = mpsc::channel();
        (Self { script: Some(Arc::new(script)), cancelled: Some(cancelled), ..Self::new(0) }, told)
    }

    pub(crate) fn service(&self) -> Service {
        Service::new(self.clone(), Settings::default())
    }

    pub(crate) fn last_request(&self) -> Request {
        self.requests.lock().unwrap().last().expect("an operation was submitted").clone()
    }

    pub(crate) fn running(&self) -> usize {
        // The service holds a clone of the fake as well.
        Arc::strong_count(&self.running) - 2
    }

    fn thing(&self, id: usize) -> Option<Instance> {
        let thing =
            Instance::new("X_Thing").with_key("Id", u32::try_from(id).ok()?).with("Name", &*format!("thing {id}"));
        (id < self.things).then_some(thing)
    }

    fn results(&self, operation: Operation) -> Result<Vec<Instance>> {
        let find = |key: &Instance| match key.get("Id") {
            Some(omi::Value::Uint32(id)) => {
                self.thing(*id as usize).ok_or_else(|| Error::from_code(ResultCode::NOT_FOUND))
            }
            _ => Err(Error::from_code(ResultCode::NOT_FOUND)),
        };
        match operation {
            Operation::Enumerate { class, .. } if class.eq_ignore_ascii_case("X_Link") => {
                let thing = self.thing(0).unwrap_or_else(|| Instance::new("X_Thing"));
                Ok(vec![Instance::new("X_Link").with_key("Thing", omi::Value::Reference(Box::new(thing)))])
            }
            Operation::Enumerate { .. } => Ok((0..self.things).filter_map(|id| self.thing(id)).collect()),
            Operation::Query(select) => {
                let all = (0..self.things).filter_map(|id| self.thing(id));
                Ok(all.filter(|thing| select.matches(thing, &|_, _| false)).collect())
            }
            Operation::Get { key, .. } => find(&key).map(|it| vec![it]),
            Operation::Create { instance } => Ok(vec![instance]),
            Operation::Modify { instance, .. } => Ok(vec![instance]),
            Operation::Delete { key } => find(&key).map(|_| Vec::new()),
            Operation::Invoke { target: Some(key), method, .. } => {
                let old = find(&key)?;
                let old = old.text("Name").unwrap_or_default();
                Ok(vec![Instance::new(method).with("ReturnValue", 0_u32).with("Old", old)])
            }
            Operation::Invoke { method, parameters, .. } => {
                let sum = match parameters.get("Numbers") {
                    Some(omi::Value::Uint8Array(numbers)) => numbers.iter().sum(),
                    _ => 0_u8,
                };
                Ok(vec![Instance::new(method).with("ReturnValue", sum)])
            }
            Operation::Associators { source, .. } => {
                find(&source)?;
                Ok((0..self.things)
                    .filter_map(|id| self.thing(id))
                    .filter(|it| it.get("Id") != source.get("Id"))
                    .collect())
            }
            Operation::References { source, .. } => {
                Ok(vec![Instance::new("X_Link").with_key("Thing", omi::Value::Reference(Box::new(source)))])
            }
            Operation::Subscribe { .. } => Ok(Vec::new()),
        }
    }
}

impl Backend for Fake {
    fn submit(&self, request: Request) -> Result<Box<dyn Results>> {
        self.requests.lock().unwrap().push(request.clone());
        if let Some(script) = &self.script {
            return Ok(Box::new(ScriptResults::start(script.clone(), request, self.cancelled.clone())));
        }
        if let Operation::Enumerate { class, .. } = &request.operation {
            self.class(&request.namespace, class)?;
        }
        if let Operation::Subscribe { query, .. } = &request.operation {
            self.class(&request.namespace, query.class())?;
            return Ok(Box::new(FakeEvents { events: self.events.clone(), _running: self.running.clone() }));
        }
        let is_slow = matches!(&request.operation, Operation::Enumerate { class, depth: Depth::IncludeSubclassProperties, .. } if class == "X_Slow");
        let queue = if is_slow { None } else { Some(self.results(request.operation)?.into()) };
        Ok(Box::new(FakeResults { queue, deadline: request.deadline, _running: self.running.clone() }))
    }

    fn class(&self, namespace: &str, name: &str) -> Result<SharedClass> {
        let classes = self.classes(namespace)?;
        let missing = || Error::new(ResultCode::INVALID_CLASS, format!("there is no class {name}"));
        classes.into_iter().find(|class: &Arc<Class>| class.name.eq_ignore_ascii_case(name)).ok_or_else(missing)
    }

    fn classes(&self, namespace: &str) -> Result<Vec<SharedClass>> {
        match namespace.eq_ignore_ascii_case("root/cimv2") {
            true => Ok(self.classes.clone()),
            false => Err(Error::new(ResultCode::INVALID_NAMESPACE, format!("there is no namespace {namespace}"))),
        }
    }
}

struct FakeResults {
    queue: Option<VecDeque<Instance>>,
    deadline: Option<Instant>,
    _running: Arc<()>,
}

impl Results for FakeResults {
    fn next(&mut self, count: usize, _: Duration) -> Batch {
        let Some(queue) = &mut self.queue else {
            let deadline = self.deadline.expect("every operation has a deadline");
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            return Batch { instances: Vec::new(), end: Some(Err(Error::new(TIMED_OUT, "too late"))), bookmark: None };
        };
        let instances = queue.drain(..count.min(queue.len())).collect();
        Batch { instances, end: queue.is_empty().then_some(Ok(())), bookmark: None }
    }

    fn canceller(&self) -> Canceller {
        Box::new(|| {})
    }

    fn more(&mut self, count: usize, patience: Duration) -> Batch {
        self.next(count, patience)
    }

    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }
}

/// Events that tests make happen.
#[derive(Default)]
pub(crate) struct Events {
    state: Mutex<EventState>,
    changed: Condvar,
}

#[derive(Default)]
struct EventState {
    waiting: VecDeque<(Instance, Option<String>)>,
    end: Option<Result<()>>,
}

impl Events {
    /// An event of `X_Event`, with a bookmark if its source gives any.
    pub(crate) fn happen(&self, number: u32, bookmark: Option<&str>) {
        let event = (Instance::new("X_Event").with("Number", number), bookmark.map(str::to_owned));
        self.state.lock().unwrap().waiting.push_back(event);
        self.changed.notify_all();
    }

    /// The source ends all subscriptions.
    pub(crate) fn end(&self, how: Result<()>) {
        self.state.lock().unwrap().end = Some(how);
        self.changed.notify_all();
    }
}

struct FakeEvents {
    events: Arc<Events>,
    _running: Arc<()>,
}

impl Results for FakeEvents {
    fn next(&mut self, count: usize, _: Duration) -> Batch {
        self.more(count, Duration::from_secs(3600))
    }

    fn more(&mut self, _: usize, patience: Duration) -> Batch {
        let state = self.events.state.lock().unwrap();
        let idle = |state: &mut EventState| state.waiting.is_empty() && state.end.is_none();
        let (mut state, _) = self.events.changed.wait_timeout_while(state, patience, idle).unwrap();
        let (instances, bookmark) =
            state.waiting.pop_front().map_or((Vec::new(), None), |(event, bookmark)| (vec![event], bookmark));
        let end = if state.waiting.is_empty() { state.end.clone() } else { None };
        Batch { instances, end, bookmark }
    }

    fn canceller(&self) -> Canceller {
        let events = self.events.clone();
        Box::new(move || events.end(Err(Error::failed("the operation was cancelled"))))
    }

    fn set_deadline(&mut self, _: Option<Instant>) {}
}

enum Post {
    Instance(Instance),
    End(Result<()>),
}

struct ScriptResults {
    posts: Receiver<Post>,
    sender: Sender<Post>,
    cancelled: Option<Sender<()>>,
    deadline: Option<Instant>,
}

/// The listener of clients that registered nothing.
struct Nobody;

impl Listener for Nobody {}

impl ScriptResults {
    fn start(script: Arc<Script>, request: Request, cancelled: Option<Sender<()>>) -> Self {
        let (sender, posts) = mpsc::channel();
        let deadline = request.deadline;
        let poster = sender.clone();
        thread::spawn(move || {
            let listener = request.listener.unwrap_or_else(|| Arc::new(Nobody));
            let end = script(&*listener, &|instance| drop(poster.send(Post::Instance(instance))));
            drop(poster.send(Post::End(end)));
        });
        Self { posts, sender, cancelled, deadline }
    }

    fn take(&mut self, count: usize, until: Option<Instant>) -> Batch {
        let mut batch = Batch { instances: Vec::new(), end: None, bookmark: None };
        while batch.instances.len() < count && batch.end.is_none() {
            let post = match until.filter(|_| batch.instances.is_empty()) {
                Some(until) => self.posts.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
                None => self.posts.try_recv().ok(),
            };
            match post {
                Some(Post::Instance(instance)) => batch.instances.push(instance),
                Some(Post::End(end)) => batch.end = Some(end),
                None if until.is_some() && batch.instances.is_empty() => {
                    batch.end = Some(Err(Error::new(TIMED_OUT, "too late")));
                }
                None => break,
            }
        }
        batch
    }
}

impl Results for ScriptResults {
    fn next(&mut self, count: usize, _: Duration) -> Batch {
        // As the engine does, this waits for the end when everything is wanted.
        let mut all = self.take(count, self.deadline);
        while count == usize::MAX && all.end.is_none() {
            let more = self.take(count, self.deadline);
            all.instances.extend(more.instances);
            all.end = more.end;
        }
        all
    }

    fn more(&mut self, count: usize, _: Duration) -> Batch {
        self.take(count, None)
    }

    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    fn canceller(&self) -> Canceller {
        let (sender, cancelled) = (self.sender.clone(), self.cancelled.clone());
        Box::new(move || {
            drop(sender.send(Post::End(Err(Error::failed("the operation was cancelled")))));
            cancelled.as_ref().map(|cancelled| cancelled.send(()));
        })
    }
}

/// A request: `action` is the last part of a known one, or a whole URI; `class` is the last part of a resource URI, or a whole one.
pub(crate) fn envelope(action: &str, class: &str, headers: &str, body: &str) -> String {
    let action = match action {
        "Get" | "Put" | "Create" | "Delete" => format!("{}/{action}", ns::TRANSFER),
        "Enumerate" | "Pull" | "Release" => format!("{}/{action}", ns::ENUMERATION),
        "Subscribe" | "Renew" | "GetStatus" | "Unsubscribe" => format!("{}/{action}", ns::EVENTING),
        action => action.to_owned(),
    };
    let uri = if class.contains(['/', ':']) { class.to_owned() } else { format!("{}{class}", ns::CLASS_PREFIX) };
    format!(
        "<s:Envelope xmlns:s=\"{}\" xmlns:a=\"{}\" xmlns:n=\"{}\" xmlns:e=\"{}\" xmlns:w=\"{}\" xmlns:b=\"{}\" xmlns:xsi=\"{}\" \
         xmlns:c=\"{}X_Thing\"><s:Header><a:Action>{action}</a:Action><w:ResourceURI>{uri}</w:ResourceURI>\
         <a:MessageID>uuid:1</a:MessageID>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>",
        ns::SOAP,
        ns::ADDRESSING,
        ns::ENUMERATION,
        ns::EVENTING,
        ns::WSMAN,
        ns::CIM_BINDING,
        ns::XSI,
        ns::CLASS_PREFIX
    )
}

/// A header with selectors.
pub(crate) fn selectors(pairs: &[(&str, &str)]) -> String {
    let set: String =
        pairs.iter().map(|(name, value)| format!("<w:Selector Name=\"{name}\">{value}</w:Selector>")).collect();
    format!("<w:SelectorSet>{set}</w:SelectorSet>")
}

/// Sends a request as `ada` and gives status and body.
pub(crate) fn send(service: &Service, request: &str) -> (u16, String) {
    let Answer { status, body, .. } = service.answer(&Principal::authenticated("ada"), request.as_bytes(), None);
    (status, String::from_utf8(body).unwrap())
}

/// The body of an answer with line breaks, for snapshots.
pub(crate) fn pretty(answer: &str) -> String {
    let body = answer.split_once("<s:Body>").map_or(answer, |(_, body)| body);
    body.trim_end_matches("</s:Body></s:Envelope>").replace("><", ">\n<")
}

/// The text of the first element with this name.
pub(crate) fn content(answer: &str, element: &str) -> String {
    let start = answer.find(&format!("<{element}>")).unwrap_or_else(|| panic!("no {element} in {answer}"));
    let rest = &answer[start + element.len() + 2..];
    rest[..rest.find('<').unwrap()].to_owned()
}
