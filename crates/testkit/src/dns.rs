//! A name server on loopback, over UDP and TCP, that takes only what RFC 1035 and RFC 6891 let a resolver ask.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What a name has. Any other does not exist.
#[derive(Clone, Debug)]
pub enum Answer {
    /// TXT records, each cut into strings of 255 bytes as it is published.
    Texts(Vec<String>),
    /// It is another name.
    Alias(String),
    /// It exists, without TXT records.
    Nothing,
    /// The server has trouble (SERVFAIL).
    Failure,
}

const FORMAT_ERROR: u8 = 1;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;
const NOT_IMPLEMENTED: u8 = 4;
const TXT: u16 = 16;
const CNAME: u16 = 5;
const OPT: u16 = 41;
const INTERNET: u16 = 1;
/// What a datagram may hold unless the question says more.
const DATAGRAM: usize = 512;
/// Between two looks whether it is to stop.
const TURN: Duration = Duration::from_millis(20);

type Zone = Arc<Mutex<BTreeMap<String, Answer>>>;

/// A server that stops with this.
pub struct Server {
    address: SocketAddr,
    zone: Zone,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// One that knows no name.
    ///
    /// # Panics
    /// When loopback has no port that is free for both protocols.
    #[must_use]
    pub fn start() -> Self {
        let (datagrams, streams) = (0..100)
            .find_map(|_| {
                let streams = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
                let datagrams = UdpSocket::bind(streams.local_addr().ok()?).ok()?;
                Some((datagrams, streams))
            })
            .expect("loopback has a free port");
        let address = datagrams.local_addr().expect("a bound socket has an address");
        let (zone, stopped) = (Zone::default(), Arc::new(AtomicBool::new(false)));
        datagrams.set_read_timeout(Some(TURN)).expect("a socket takes a timeout");
        streams.set_nonblocking(true).expect("a socket can be asked without waiting");
        let (known, stop) = (zone.clone(), stopped.clone());
        thread::spawn(move || serve_datagrams(&datagrams, &known, &stop));
        let (known, stop) = (zone.clone(), stopped.clone());
        thread::spawn(move || serve_streams(&streams, &known, &stop));
        Self { address, zone, stopped }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on a name has this.
    pub fn publish(&self, name: &str, answer: Answer) {
        let mut zone = self.zone.lock().unwrap_or_else(PoisonError::into_inner);
        zone.insert(name.to_ascii_lowercase(), answer);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

fn serve_datagrams(socket: &UdpSocket, zone: &Zone, stop: &AtomicBool) {
    let mut message = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut message) else { continue };
        if let Some(answer) = message.get(..length).and_then(|asked| answer(asked, zone, true)) {
            let _ = socket.send_to(&answer, from);
        }
    }
}

fn serve_streams(listener: &TcpListener, zone: &Zone, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Ok((mut stream, _)) = listener.accept() else {
            thread::sleep(TURN);
            continue;
        };
        let zone = zone.clone();
        thread::spawn(move || {
            let _ = stream.set_nonblocking(false);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
                if stream.read_exact(&mut asked).is_err() {
                    return;
                }
                let Some(answer) = answer(&asked, &zone, false) else { return };
                let size = u16::try_from(answer.len()).expect("an answer fits into a message");
                if stream.write_all(&[&size.to_be_bytes()[..], &answer].concat()).is_err() {
                    return;
                }
            }
        });
    }
}

/// A question: its name as it was written, its type, where it ends, and how much a datagram may hold.
struct Question {
    name: String,
    kind: u16,
    end: usize,
    room: usize,
}

/// The answer to a message; none to what is too short to have an id.
fn answer(asked: &[u8], zone: &Zone, datagram: bool) -> Option<Vec<u8>> {
    let head: [u8; 12] = asked.get(..12)?.try_into().ok()?;
    let recursion = head[2] & 1;
    let reply = |code: u8, truncated: bool, records: u16, rest: &[u8]| {
        let mut reply = vec![head[0], head[1], 0x84 | recursion | u8::from(truncated) << 1, 0x80 | code];
        reply.extend_from_slice(&u16::from(!rest.is_empty()).to_be_bytes());
        reply.extend_from_slice(&records.to_be_bytes());
        reply.extend_from_slice(&[0; 4]);
        reply.extend_from_slice(rest);
        reply
    };
    // An answer, or another operation than a question.
    if head[2] & 0x80 != 0 {
        return None;
    }
    if head[2] & 0x78 != 0 {
        return Some(reply(NOT_IMPLEMENTED, false, 0, &[]));
    }
    let Some(question) = question(asked) else { return Some(reply(FORMAT_ERROR, false, 0, &[])) };
    let echo = asked.get(12..question.end)?;
    // Who asks a stub's question wants the whole answer: without recursion an alias would be left to them.
    if question.kind != TXT || recursion == 0 {
        return Some(reply(NOT_IMPLEMENTED, false, 0, echo));
    }
    let zone = zone.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut records, mut count) = (Vec::new(), 0);
    let mut name = question.name.to_ascii_lowercase();
    let code = loop {
        match zone.get(&name) {
            None => break NO_SUCH_NAME,
            Some(Answer::Nothing) => break 0,
            Some(Answer::Failure) => break SERVER_FAILURE,
            Some(Answer::Alias(other)) => {
                record(&mut records, &name, CNAME, &labels(other));
                count += 1;
                name = other.to_ascii_lowercase();
            }
            Some(Answer::Texts(texts)) => {
                for text in texts {
                    let strings = text.as_bytes().chunks(255);
                    let data: Vec<u8> =
                        strings.flat_map(|part| [&[part.len() as u8], part].concat()).collect();
                    record(&mut records, &name, TXT, &data);
                    count += 1;
                }
                break 0;
            }
        }
    };
    let whole = [echo, &records].concat();
    if datagram && whole.len() + head.len() > question.room {
        return Some(reply(code, true, 0, echo));
    }
    Some(reply(code, false, count, &whole))
}

/// The only question of a message, in the class of the Internet; beside it at most one OPT record.
fn question(asked: &[u8]) -> Option<Question> {
    let number = |at: usize| Some(u16::from_be_bytes(asked.get(at..at + 2)?.try_into().ok()?));
    let (questions, answers, authorities, additional) = (number(4)?, number(6)?, number(8)?, number(10)?);
    if questions != 1 || answers != 0 || authorities != 0 || additional > 1 {
        return None;
    }
    let (mut at, mut name) = (12, Vec::new());
    loop {
        let length = usize::from(*asked.get(at)?);
        at += 1;
        match length {
            0 => break,
            1..=63 => name.push(std::str::from_utf8(asked.get(at..at + length)?).ok()?.to_owned()),
            // Nothing stands before it that it could point to.
            _ => return None,
        }
        at += length;
    }
    let (kind, class, end) = (number(at)?, number(at + 2)?, at + 4);
    let room = match additional {
        0 if asked.len() == end => DATAGRAM,
        // The root, the type, and as class what a datagram may hold.
        1 if asked.get(end) == Some(&0) && number(end + 1)? == OPT => {
            usize::from(number(end + 3)?).max(DATAGRAM)
        }
        _ => return None,
    };
    (class == INTERNET).then(|| Question { name: name.join("."), kind, end, room })
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

/// Appends a record that holds for a minute.
fn record(records: &mut Vec<u8>, name: &str, kind: u16, data: &[u8]) {
    records.extend_from_slice(&labels(name));
    records.extend_from_slice(&kind.to_be_bytes());
    records.extend_from_slice(&INTERNET.to_be_bytes());
    records.extend_from_slice(&60_u32.to_be_bytes());
    records.extend_from_slice(&u16::try_from(data.len()).expect("a record fits").to_be_bytes());
    records.extend_from_slice(data);
}
