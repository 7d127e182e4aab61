//! minikerberos, which has messages and cryptography of its own, with our simulator.

use std::process::Command;

use kerberos_tests::peer::{MINIKERBEROS, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::simulator::{AD, PASSWORD, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/delegation.toml"
);
const PYTHON: &str = "/opt/minikerberos/bin/python";
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/python/minikerberos_tickets.py"
);

#[track_caller]
fn tickets(simulator: &Simulator, service: &str, password: &str) -> Finished {
    let address = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
    let (_, port) = address.rsplit_once(':').unwrap();
    let mut command = Command::new(PYTHON);
    command.args([SCRIPT, port, service, "alice"]);
    run(&mut command, &format!("{password}\n"))
}

#[test]
fn a_tgt_and_a_service_ticket() {
    if !present(&[MINIKERBEROS]) {
        return;
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    tickets(&simulator, "HTTP/svc.contoso.com@CONTOSO.COM", PASSWORD)
        .succeeded()
        .says("TGT of etype 18")
        .says("ticket for HTTP/svc.contoso.com")
        .says("realm CONTOSO.COM");
    tickets(&simulator, "HTTP/nobody.contoso.com@CONTOSO.COM", PASSWORD)
        .failed()
        .says("TGT of etype 18")
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN");
    tickets(&simulator, "HTTP/svc.contoso.com@CONTOSO.COM", "wrong")
        .failed()
        .says("KDC_ERR_PREAUTH_FAILED");
    simulator.stop();
}
