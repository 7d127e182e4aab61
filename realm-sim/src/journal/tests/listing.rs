use super::*;

#[test]
fn what_is_told_has_no_secrets() {
    let place = Place::new();
    grown(&place);
    let secret = json!([
        {"account": {"op": "create", "name": "carol", "type": "USER", "password": "of carol"}},
        {"trust": {"op": "create", "realm": "CONTOSO.COM", "partner": "FABRIKAM.COM",
                   "secret": "of the trust"}},
        {"kpasswd": {"realm": "CONTOSO.COM", "name": "carol", "by": "carol@CONTOSO.COM", "password": "of carol now"}},
    ]);
    let secret: Vec<Change> = serde_json::from_value(secret).unwrap();
    let opened = place.open().unwrap();
    for change in &secret {
        perform(&opened, change).unwrap();
    }
    let listing = Listing::read(&place.path()).unwrap().unwrap();
    assert_eq!(listing.changes.len(), changes().len() + secret.len());
    assert_eq!(listing.changes[0].at, NOW);
    let told: Vec<_> = listing.changes.iter().map(|entry| &entry.change).collect();
    let told = serde_json::to_string(&told).unwrap();
    for hidden in ["of carol", "of the trust", "Passw0rd"] {
        assert!(!told.contains(hidden), "{told}");
        assert!(String::from_utf8_lossy(&place.bytes()).contains(hidden));
    }
    assert!(told.contains("WS01"));
    // The beginning only.
    let octets = place.bytes();
    place.put(&octets[..20]);
    assert_eq!(Listing::read(&place.path()).unwrap(), None);
}
